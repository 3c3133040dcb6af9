import type { Broker } from '../broker/broker.ts';
import type { Logger } from '../logger.ts';
import type { Task } from '../task/task.ts';
import type { RetryPolicy, TaskHandler } from '../task/task-definition.ts';
import type { Claim, TaskLog } from '../task-log/task-log.ts';
import type { HeldTask } from './held-task.ts';

/** One claimed task on its way through a worker. */
export type Run = {
  readonly task: Task;
  readonly claim: Claim;
  /** Absent: this worker does not know the task's name. */
  readonly handler: TaskHandler | undefined;
  readonly held: HeldTask;
  /** Aborts when the worker may wait no longer. */
  readonly stop: AbortSignal;
};

export type RunDeps = {
  readonly log: TaskLog;
  /** By queue. */
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly workerId: string;
  readonly leaseSeconds: number;
  readonly logger: Logger;
  /** 0 up to but not including 1. */
  readonly random: () => number;
};

/** Rolling out a new task takes a while; a name that stays unknown for about two hours is a mistake. */
const UNKNOWN_TASK_RETRY: RetryPolicy = { maxAttempts: 12, baseSeconds: 30, maxSeconds: 900 };

export const retryPolicyOf = ({ handler }: Run): RetryPolicy =>
  handler?.definition.retry ?? UNKNOWN_TASK_RETRY;
