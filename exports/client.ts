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
export { TaskQueueApiError } from '../shared/client/api-error.ts';
export {
  createClient,
  type DecisionOptions,
  type EnqueueCallOptions,
  type TaskQueueClient,
  type WaitOptions,
} from '../shared/client/client.ts';
export type { ListFilters } from '../shared/client/list-filters.ts';
export type {
  Contracts,
  EnqueueOptions,
  NewTask,
  ParametersOf,
  TaskName,
} from '../shared/client/task-types.ts';
export type {
  CallOptions,
  OutgoingRequest,
  Sign,
  TransportOptions,
} from '../shared/client/transport.ts';
