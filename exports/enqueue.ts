// `serverless-task-queue/enqueue`: for processes of one's own in AWS, without the HTTP API.

export {
  createEnqueuer,
  type Enqueuer,
  type EnqueuerOptions,
} from '../functions/wiring/enqueuer.ts';
export type { EnqueuedTask } from '../shared/dispatcher/enqueue-request.ts';
