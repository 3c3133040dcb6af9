import type { Task } from '../task/task.ts';
import type { TaskStatus } from './status.ts';

/** A dead letter whose task is to run anew. */
export type Redrive = {
  /** The broker's id of the dead letter: each one reopens its task once. */
  readonly letterId: string;
  /** Where the task is sent. */
  readonly queue: string;
};

export type ReopenResult =
  /** It waits to be claimed: send it, then forget the dead letter. */
  | { readonly outcome: 'reopened' }
  /** It has done its work, or went on after this dead letter was redriven before: forget the letter. */
  | { readonly outcome: 'settled'; readonly status: TaskStatus }
  /** A worker has it: leave the letter, it may be needed yet. */
  | { readonly outcome: 'busy' }
  /** Somebody decided that it shall not run. */
  | { readonly outcome: 'put-aside'; readonly status: TaskStatus };

/** A task that waits in vain: for a worker, or for the one whose lease ended to be followed by another. */
export type StuckTask = {
  readonly id: string;
  /** It is stuck if it was due, and last changed, before this time. Milliseconds since 1970. */
  readonly since: number;
};

export type RestartReadiness =
  | { readonly outcome: 'ready'; readonly task: Task; readonly queue: string }
  /** It is not stuck, not any more, or never was in the log. */
  | { readonly outcome: 'moved-on' }
  /** They were never written, or have expired. */
  | { readonly outcome: 'parameters-lost' };

/**
 * What the command line writes into the task log, for tasks that are sent once more under their ids, since their message
 * is among the dead letters or lost. If it is not lost, two messages of one task are about: the claim
 * lets one run, and acknowledges the other.
 */
export interface Resends {
  /**
   * Makes the task of a dead letter claimable, with all its attempts, or writes its record again.
   * Repeated for the same letter it does so until somebody has claimed the task, and never after.
   */
  reopen(task: Task, redrive: Redrive): Promise<ReopenResult>;

  /** Returns a stuck task as its message carried it. Writes nothing. */
  prepareRestart(stuck: StuckTask): Promise<RestartReadiness>;

  /** The task's message was sent to this queue. A task that is still stuck now waits from now on. */
  noteRestart(stuck: StuckTask, queue: string): Promise<void>;
}
