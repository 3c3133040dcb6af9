import type { ReopenResult } from './resends.ts';
import type { TaskStatus } from './status.ts';

type Found = {
  readonly status: TaskStatus;
  /** A worker's lease has not ended. */
  readonly isLeased: boolean;
  /** The same dead letter has reopened the task before. */
  readonly isRepeated: boolean;
};

/**
 * What redriving a dead letter means to its task as it was found. After an earlier try with the same
 * letter the task may have run, and failed, again: that failure has a dead letter of its own. While it
 * still waits, the earlier try may have died before it sent the message.
 */
export function reopening({ status, isLeased, isRepeated }: Found): ReopenResult {
  switch (status) {
    case 'enqueued':
      return { outcome: 'reopened' };
    case 'failed':
    case 'unknown':
      return isRepeated ? { outcome: 'settled', status } : { outcome: 'reopened' };
    case 'dequeued':
    case 'running':
      // Whoever claimed it after it was reopened holds a message of it.
      if (isRepeated) return { outcome: 'settled', status };
      return isLeased ? { outcome: 'busy' } : { outcome: 'reopened' };
    case 'cancelled':
    case 'archived':
      return { outcome: isRepeated ? 'settled' : 'put-aside', status };
    default:
      return { outcome: 'settled', status };
  }
}
