import type { Verb } from './decide.ts';
import { isFinal, TASK_STATUSES, type TaskStatus } from './status.ts';
import type { DecisionOptions } from './task-log.ts';

/**
 * Whether a decision over "all" means a task of this status: what needs no force. To archive, what
 * has ended; to cancel, what has not begun. With force it means whatever it can have an effect on.
 */
export function isMeantByAll(verb: Verb, status: TaskStatus, { force }: DecisionOptions): boolean {
  if (verb === 'cancel') return force ? !isFinal(status) : status === 'enqueued';
  return status !== 'archived' && (force === true || isFinal(status));
}

/** The statuses that it means. */
export const statusesMeantByAll = (verb: Verb, options: DecisionOptions): TaskStatus[] =>
  TASK_STATUSES.filter((status) => isMeantByAll(verb, status, options));
