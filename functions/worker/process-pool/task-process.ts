import { handlers } from '#tasks/handlers';
import { serveTask } from '../../../shared/pool/task-process.ts';

// A worker pool starts this program for each attempt: worker-pool.ts. It loads the handlers, and no AWS SDK.
serveTask(handlers);
