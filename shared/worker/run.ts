import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../clock.ts';
import type { EnqueueMany } from '../dispatcher/enqueue-request.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Logger } from '../logger.ts';
import type { Task } from '../task/task.ts';
import type { RetryPolicy, TaskHandler } from '../task/task-definition.ts';
import type { Claim, TaskLog } from '../task-log/task-log.ts';
import type { AttemptFile } from './attempt-file.ts';
import type { Children } from './children.ts';
import type { HeldTask, Settlement } from './held-task.ts';
import type { RunOutcome, WorkerObserver } from './worker-observer.ts';

/** One claimed task on its way through a worker. */
export type Run = {
  readonly task: Task;
  readonly claim: Claim;
  readonly children: Children;
  /** Absent: this worker does not know the task's name. */
  readonly handler: TaskHandler | undefined;
  readonly held: HeldTask;
  /** Aborts when the worker may wait no longer. */
  readonly stop: AbortSignal;
  /** What its handler stores. */
  readonly file: AttemptFile;
};

export type RunDeps = {
  readonly log: TaskLog;
  /** Absent: tasks cannot store files, and none comes without its parameters. */
  readonly fileStore?: FileStore | undefined;
  /** By queue. */
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly workerId: string;
  /** For the children of running tasks. Absent: they can have none. */
  readonly enqueueMany?: EnqueueMany;
  readonly leaseSeconds: number;
  readonly logger: Logger;
  /** 0 up to but not including 1. */
  readonly random: () => number;
  /** @default the system's clock */
  readonly clock?: Clock;
  readonly observer?: WorkerObserver;
};

/** What is to happen to a message, and what became of its task. */
export type Settled = Settlement & { readonly outcome: RunOutcome };

/**
 * For a task whose name this worker does not know: a newer one may, so no attempt of the task's own
 * is used. Rolling out a new task takes a while; after about two hours it must be a mistake.
 */
export const UNKNOWN_TASK_RETRY: RetryPolicy = {
  maxAttempts: 24,
  baseSeconds: 30,
  maxSeconds: 900,
};
