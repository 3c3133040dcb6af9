// `serverless-task-queue/client`: the HTTP API, typed. It needs `fetch` and nothing else.

export type {
  EnqueuedManyView,
  EnqueuedView,
  FileView,
  QueueView,
  RetriedView,
  StatsView,
  StatusView,
  TaskPageView,
  TaskSummaryView,
  TaskView,
} from '../shared/api/views.ts';
export type {
  Contracts,
  EnqueueOptions,
  ListFilters,
  NewTask,
  ParametersOf,
  TaskName,
} from '../shared/client/client.ts';
export {
  createClient,
  type DecisionOptions,
  type EnqueueCallOptions,
  type TaskQueueClient,
  type WaitOptions,
} from '../shared/client/client.ts';
export type {
  CallOptions,
  OutgoingRequest,
  Sign,
  TransportOptions,
} from '../shared/client/transport.ts';
export { TaskQueueApiError } from '../shared/client/transport.ts';
