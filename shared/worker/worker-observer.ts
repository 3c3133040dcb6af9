import type { Task } from '../task/task.ts';

/** What became of one delivery. All but `duplicate`, `held` and `set-aside` were claimed by this worker. */
export type RunOutcome =
  /** Ended well. */
  | 'completed'
  /** Ended: its last attempt, a permanent error, or an error in its report. */
  | 'failed'
  /** Ended because somebody cancelled it. */
  | 'cancelled'
  /** Put back after a failed attempt. */
  | 'retried'
  /** Put back without using an attempt: it asked for it, the worker stops, or its name is unknown here. */
  | 'later'
  /** Another worker may have the task by now: what this run did is not recorded. */
  | 'lost'
  /** Had ended before: its message came once more. */
  | 'duplicate'
  /** Runs elsewhere: its message came once more. */
  | 'busy'
  /** Was no task. */
  | 'set-aside'
  /** Something unexpected prevented the rest; it is delivered again. */
  | 'unsettled';

/** Told what happens in a worker, as it happens. Its methods are called for every task: they must be quick. */
export interface WorkerObserver {
  /** A poll was answered. @param tasks 0 to 10 */
  polled(queue: string, tasks: number): void;

  /**
   * A slot has claimed a task.
   * @param waitedSeconds since it was sent, its delay included. `undefined` if it was claimed before:
   *   that would measure the backoff between its attempts.
   */
  picked(queue: string, waitedSeconds: number | undefined, task: Task): void;

  /**
   * @param runSeconds for how long it took up a slot: claim, handler and the writing of its end
   * @param task `undefined` when it was none
   */
  ended(queue: string, outcome: RunOutcome, runSeconds: number, task: Task | undefined): void;
}

/** One that tells several. */
export const toAll = (observers: readonly WorkerObserver[]): WorkerObserver => ({
  polled: (...told) => {
    for (const observer of observers) observer.polled(...told);
  },
  picked: (...told) => {
    for (const observer of observers) observer.picked(...told);
  },
  ended: (...told) => {
    for (const observer of observers) observer.ended(...told);
  },
});
