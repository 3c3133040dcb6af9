import type { TaskRecord } from '../task-log/task-log.ts';

export type EnqueueRequest = {
  /** The name of a task definition. */
  readonly name: string;
  /** Parameters that the definition's schema accepts. */
  readonly parameters: unknown;
  /** Shown to people. @default the name */
  readonly label?: string;
  /** The owner of the task. @default none: the system */
  readonly owner?: string;
  /** The task starts after this many seconds at the earliest, 0 to 900. */
  readonly delaySeconds?: number;
  /** True: children do not change the task's status. @default false */
  readonly masterStatus?: boolean;
  /** A ULID derived from the request, so that a repeated request makes no second task. @default a new one */
  readonly id?: string;
  /** The running task that enqueues this one. */
  readonly parentId?: string;
  /** The task that this one repeats. */
  readonly retryOf?: string;
};

export type EnqueuedTask = { readonly id: string; readonly queue: string };

/** Enqueues every valid request. Resolves to one entry per request, in order. */
export type EnqueueMany = (
  requests: readonly (EnqueueRequest | Error)[],
) => Promise<(EnqueuedTask | Error)[]>;

/** Makes the request for a new task that repeats a logged one, for the same owner, without parent. */
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
