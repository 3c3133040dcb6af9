import type { Task } from '../task/task.ts';
import type { TaskStatus } from './status.ts';

/** A dead letter whose task is to run again. */
export type Redrive = {
  /** The broker's id of the dead letter. Each letter makes its task wait again once. */
  readonly letterId: string;
  /** The queue that the task is sent to. */
  readonly queue: string;
};

export type RedriveResult =
  /** The task waits again: send it, then delete the dead letter. */
  | { readonly outcome: 'requeued' }
  /** It has done its work, or went on after an earlier redrive of this letter: delete the letter. */
  | { readonly outcome: 'obsolete'; readonly status: TaskStatus }
  /** A worker has it: keep the letter, it may still be needed. */
  | { readonly outcome: 'busy' }
  /** It was cancelled or archived, and must not run. */
  | { readonly outcome: 'put-aside'; readonly status: TaskStatus };

/** A task without a message, or one whose worker's lease ended and that no other worker has claimed. */
export type StuckTask = {
  readonly id: string;
  /** Milliseconds since 1970. It is stuck if it was due, and last changed, before this time. */
  readonly since: number;
};

export type RequeueReadiness =
  | { readonly outcome: 'ready'; readonly task: Task; readonly queue: string }
  /** It is not stuck, no longer stuck, or unknown. */
  | { readonly outcome: 'moved-on' }
  /** They were never written, or have expired. */
  | { readonly outcome: 'parameters-lost' };

/**
 * Writes of the command line for tasks that are sent again under their ids, because their message is
 * a dead letter or lost. If the message was not lost, the task has two: the claim lets one of them run.
 */
export interface PendingRedelivery {
  /**
   * Makes the task of a dead letter claimable, with all its attempts. Writes its record again if that
   * has expired. Has an effect for each letter until a worker claims the task, and never after that.
   */
  redrive(task: Task, redrive: Redrive): Promise<RedriveResult>;

  /** Returns a stuck task as its message carried it. Writes nothing. */
  prepareRequeue(stuck: StuckTask): Promise<RequeueReadiness>;

  /** Records that the task's message was sent to this queue. If still stuck, it waits from now on. */
  recordRequeue(stuck: StuckTask, queue: string): Promise<void>;
}

type Found = {
  readonly status: TaskStatus;
  /** A worker's lease has not ended. */
  readonly isLeased: boolean;
  /** Whether this dead letter was redriven before. */
  readonly isRepeated: boolean;
};

/**
 * Returns what a redrive does to the task in its current state. After an earlier try with the same
 * letter the task may have run and failed again: that failure has a dead letter of its own. While the
 * task still waits, the earlier try may have died before it sent the message.
 */
export function redriveOf({ status, isLeased, isRepeated }: Found): RedriveResult {
  switch (status) {
    case 'enqueued':
      return { outcome: 'requeued' };
    case 'failed':
    case 'unknown':
      return isRepeated ? { outcome: 'obsolete', status } : { outcome: 'requeued' };
    case 'dequeued':
    case 'running':
      // A worker that claimed it after the earlier redrive has a message of it.
      if (isRepeated) return { outcome: 'obsolete', status };
      return isLeased ? { outcome: 'busy' } : { outcome: 'requeued' };
    case 'cancelled':
    case 'archived':
      return { outcome: isRepeated ? 'obsolete' : 'put-aside', status };
    default:
      return { outcome: 'obsolete', status };
  }
}
