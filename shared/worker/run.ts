import type { Broker, Delivery } from '../broker/broker.ts';
import type { TimerClock } from '../clock.ts';
import type { EnqueueMany } from '../dispatcher/enqueue-request.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Logger } from '../logger.ts';
import type { Task } from '../task/task.ts';
import type { TaskHandler } from '../task/task-definition.ts';
import type { Claim, TaskClaims, TaskRecorder } from '../task-log/task-log.ts';
import type { AttemptFile } from './attempt-file.ts';
import type { Children } from './children.ts';
import type { RunOutcome, WorkerObserver } from './worker-observer.ts';

/** A handler at work: the claim it writes under, and how to stop it. */
export type Execution = { readonly claim: Claim; readonly abort: AbortController };

/** A message under lease, from the poll that brought it until it is acknowledged or requeued. */
export type LeasedMessage = {
  readonly queue: string;
  readonly delivery: Delivery;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** When the lease was last set, milliseconds since 1970. It ends one visibility timeout later. */
  leasedAt: number;
  /** Present once a slot has decoded the message. */
  task?: Task;
  /** Present while the handler runs. */
  execution?: Execution;
  /** True once the message is on its way back to the queue: its lease is no longer renewed. */
  isRequeued?: boolean;
};

/** The next step for a message after its run. */
export type NextStep =
  /** Everything is stored in the task log: delete the message. */
  | { readonly action: 'ack' }
  /** Deliver the message again after this time. */
  | { readonly action: 'requeue'; readonly delaySeconds: number }
  /** Another worker may have the task: do nothing, and let the lease run out. */
  | { readonly action: 'leave' };

export type RunResult = NextStep & { readonly outcome: RunOutcome };

/** One claimed task on its way through a worker. */
export type Run = {
  readonly task: Task;
  readonly claim: Claim;
  readonly children: Children;
  /** Absent: this worker does not know the name of the task. */
  readonly handler: TaskHandler | undefined;
  readonly message: LeasedMessage;
  /** Aborts when the worker can wait no longer. */
  readonly stop: AbortSignal;
  /** The file that the handler stores. */
  readonly file: AttemptFile;
};

export type RunDeps = {
  readonly log: TaskClaims & Pick<TaskRecorder, 'recordUndecodable'>;
  /** Absent: tasks cannot store files, and no task has its parameters there. */
  readonly fileStore?: FileStore | undefined;
  /** By queue. A queue without a broker keeps no dead letters. */
  readonly brokers: ReadonlyMap<string, Pick<Broker, 'system' | 'deadLetter'>>;
  readonly handlers: ReadonlyMap<string, TaskHandler>;
  readonly workerId: string;
  /** Enqueues the children of running tasks. Absent: tasks cannot have children. */
  readonly enqueueMany?: EnqueueMany;
  readonly leaseSeconds: number;
  readonly logger: Logger;
  /** Returns a number from 0 up to but not including 1. */
  readonly random: () => number;
  readonly clock: TimerClock;
  readonly observer?: WorkerObserver;
};

/** The fields that identify a message in a log line. */
export const logFieldsOf = ({ queue, task, delivery }: LeasedMessage) => ({
  queue,
  taskId: task?.id,
  messageId: delivery.messageId,
});
