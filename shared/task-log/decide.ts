import { TaskEndedError, TaskInProgressError, TaskNotFoundError } from '../errors.ts';
import type { DecisionOptions, TaskLog } from './task-log.ts';

/** What people decide over a task. */
export type Verb = 'archive' | 'cancel';

/** `requested`: it runs, and its worker learns of it with its next heartbeat. */
export type Decided = {
  readonly id: string;
  readonly outcome: 'archived' | 'cancelled' | 'requested';
};

/**
 * Archives or cancels one task; to do it twice is to do it once.
 * @throws {TaskNotFoundError | TaskInProgressError | TaskEndedError | LogUnavailableError}
 */
export async function decide(
  log: TaskLog,
  verb: Verb,
  id: string,
  options: DecisionOptions,
): Promise<Decided> {
  const result = await log[verb](id, options);
  switch (result.outcome) {
    case 'unknown':
      throw new TaskNotFoundError(id);
    case 'in-progress':
      throw new TaskInProgressError(verb);
    case 'ended':
      if (result.status !== 'cancelled') throw new TaskEndedError(verb, result.status);
      return { id, outcome: 'cancelled' };
    default:
      return { id, outcome: result.outcome };
  }
}
