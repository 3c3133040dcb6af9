import { handlers } from '#tasks/handlers';
import { serveTask } from '../../../shared/pool/serve-task.ts';

// A worker pool starts this program for each attempt: worker-pool.ts. It loads the handlers, and no AWS SDK.
serveTask(handlers);
