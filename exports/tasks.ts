// `serverless-task-queue`: all that contracts and handlers are written with.

export {
  ConfigInvalidError,
  type ErrorCode,
  type FieldProblem,
  FilesUnavailableError,
  ParametersInvalidError,
  TaskNameUnknownError,
  TaskQueueError,
  TaskTooLargeError,
} from '../shared/errors.ts';
export type { JsonValue } from '../shared/json.ts';
export type { Logger } from '../shared/logger.ts';
export { Report, type ReportType } from '../shared/report/report.ts';
export type {
  ChildRequest,
  NewTaskFile,
  StoredFile,
  TaskContext,
} from '../shared/task/task-context.ts';
export { PermanentTaskError, RetryLaterError } from '../shared/task/task-context.ts';
export type { TaskCategory } from '../shared/task/task-definition.ts';
export {
  defineTask,
  type Handle,
  type RemoteStatus,
  type RetryPolicy,
  remoteWork,
  type TaskDefinition,
  type TaskHandler,
  type TaskOptions,
} from '../shared/task/task-definition.ts';
