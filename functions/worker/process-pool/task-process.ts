import { handlers } from '#tasks/handlers';
import { serveTask } from '../../../shared/pool/serve-task.ts';

// What a worker pool starts for each attempt: worker-pool.ts. It loads the handlers, and no AWS SDK.
serveTask(handlers);
