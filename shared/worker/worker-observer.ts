import type { Task } from '../task/task.ts';

/** How one delivery ended. This worker claimed all of them but `duplicate`, `busy` and `set-aside`. */
export type RunOutcome =
  /** The task ended, and its report has no error. */
  | 'completed'
  /** The task ended: by its last attempt, a permanent error, or an error in its report. */
  | 'failed'
  /** The task ended because it was cancelled. */
  | 'cancelled'
  /** Requeued after a failed attempt. */
  | 'retried'
  /** Requeued without using an attempt: the handler asked for it, the worker stops, or the name is unknown. */
  | 'later'
  /** Another worker may have the task: what this run did is not recorded. */
  | 'lost'
  /** The task had ended before, and its message was delivered once more. */
  | 'duplicate'
  /** Another worker runs the task, and its message was delivered once more. */
  | 'busy'
  /** The message is no task: it is among the dead letters. */
  | 'set-aside'
  /** An unexpected error prevented the rest; the message is requeued. */
  | 'unsettled';

/** Observes a worker. Its methods are called for every task, so they must be quick. */
export interface WorkerObserver {
  /** A poll was answered. @param tasks 0 to what the broker returns at once */
  polled(queue: string, tasks: number): void;

  /**
   * A slot has claimed a task.
   * @param waitedSeconds since the message was sent, including its delay. `undefined` if the task was claimed
   *   before: that would measure the backoff between attempts.
   */
  picked(queue: string, waitedSeconds: number | undefined, task: Task): void;

  /**
   * A slot is free again.
   * @param runSeconds how long the slot was used: for the claim, the handler and the end
   * @param task `undefined` when the message was no task
   */
  ended(queue: string, outcome: RunOutcome, runSeconds: number, task: Task | undefined): void;
}

/** Combines observers into one. */
export const toAll = (observers: readonly WorkerObserver[]): WorkerObserver => ({
  polled: (...args) => {
    for (const observer of observers) observer.polled(...args);
  },
  picked: (...args) => {
    for (const observer of observers) observer.picked(...args);
  },
  ended: (...args) => {
    for (const observer of observers) observer.ended(...args);
  },
});
