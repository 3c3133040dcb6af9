import { TaskEndedError, TaskInProgressError, TaskNotFoundError } from '../errors.ts';
import type { StoredFiles } from '../files/file-store.ts';
import type { TaskCatalogue } from '../task/task-definition.ts';
import { deleteFileOf } from './task-file.ts';
import type { DecisionOptions, TaskLog, TaskSummary } from './task-log.ts';

/** What people decide over a task. */
export type Verb = 'archive' | 'cancel';

/** `requested`: it runs, and its worker learns of it with its next heartbeat. */
export type Decided = {
  readonly id: string;
  readonly outcome: 'archived' | 'cancelled' | 'requested';
};

export type DecideDeps = {
  readonly log: TaskLog;
  readonly catalogue: TaskCatalogue;
  readonly files: Pick<StoredFiles, 'delete'> | undefined;
};

/**
 * Archives or cancels one task; to do it twice is to do it once. The file of an archived export goes.
 * @throws {TaskNotFoundError | TaskInProgressError | TaskEndedError | LogUnavailableError |
 *   FilesUnavailableError}
 */
export async function decide(
  { log, catalogue, files }: DecideDeps,
  verb: Verb,
  task: TaskSummary,
  options: DecisionOptions,
): Promise<Decided> {
  const { id } = task;
  const result = await log[verb](id, options);
  switch (result.outcome) {
    case 'unknown':
      throw new TaskNotFoundError(id);
    case 'in-progress':
      throw new TaskInProgressError(verb);
    case 'ended':
      if (result.status !== 'cancelled') throw new TaskEndedError(verb, result.status);
      return { id, outcome: 'cancelled' };
    case 'archived':
      await deleteFileOf({ name: task.name, ...result }, catalogue, files);
      return { id, outcome: 'archived' };
    default:
      return { id, outcome: result.outcome };
  }
}
