import type { TaskRecord } from '../task-log/task-log.ts';

export type EnqueueRequest = {
  /** Name of a task definition. */
  readonly name: string;
  /** What the definition's schema accepts. */
  readonly parameters: unknown;
  /** For people. @default the name */
  readonly label?: string;
  /** Whom the task belongs to. @default nobody: the system */
  readonly owner?: string;
  /** Not before this many seconds from now, 0 to 900. */
  readonly delaySeconds?: number;
  /** Its children do not change the status of the task. @default false */
  readonly masterStatus?: boolean;
  /** A ULID that follows from the request, so that repeating it makes no second task. @default a new one */
  readonly id?: string;
  /** The running task that asks for it. */
  readonly parentId?: string;
  /** The task that it runs anew. */
  readonly retryOf?: string;
};

export type EnqueuedTask = { readonly id: string; readonly queue: string };

/** Enqueues what can be, and answers for each request in the same order. */
export type EnqueueMany = (
  requests: readonly (EnqueueRequest | Error)[],
) => Promise<(EnqueuedTask | Error)[]>;

/** Requests a new task that repeats a logged one, for the same owner. It has no parent. */
export const retryRequestOf = ({
  id,
  name,
  parameters,
  label,
  owner,
  masterStatus,
}: TaskRecord): EnqueueRequest & { readonly retryOf: string } => ({
  name,
  parameters,
  label,
  masterStatus,
  retryOf: id,
  owner,
});
