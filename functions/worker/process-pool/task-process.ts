import { handlers } from '#tasks/handlers';
import { serveTask } from '../../../shared/pool/serve-task.ts';

// The program of the processes of a worker pool: worker-pool.ts. It loads the handlers, and no AWS SDK.
serveTask(handlers);
