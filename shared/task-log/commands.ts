import { TaskEndedError, TaskInProgressError, TaskNotFoundError } from '../errors.ts';
import type { StoredFiles } from '../files/file-store.ts';
import type { TaskCatalogue } from '../task/task-definition.ts';
import { isFinal, TASK_STATUSES, type TaskStatus } from './status.ts';
import { deleteFileOf } from './task-file.ts';
import type { CommandOptions, TaskCommands, TaskSummary } from './task-log.ts';

/** A command about a task. */
export type Verb = 'archive' | 'cancel';

/** `requested`: the task runs, and its worker learns of the cancellation at its next heartbeat. */
export type Decided = {
  readonly id: string;
  readonly outcome: 'archived' | 'cancelled' | 'requested';
};

export type DecideDeps = {
  readonly log: TaskCommands;
  readonly catalogue: TaskCatalogue;
  readonly files: Pick<StoredFiles, 'delete'> | undefined;
};

/**
 * Archives or cancels one task, and deletes the file of an archived export. May be repeated.
 * @throws {TaskNotFoundError | TaskInProgressError | TaskEndedError | LogUnavailableError |
 *   FilesUnavailableError}
 */
export async function decide(
  { log, catalogue, files }: DecideDeps,
  verb: Verb,
  task: TaskSummary,
  options: CommandOptions,
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

/**
 * Whether a command about "all" tasks includes those of this status. Without force: ended tasks for
 * archive, waiting tasks for cancel. With force: every task that the command can change.
 */
export function isIncludedInAll(
  verb: Verb,
  status: TaskStatus,
  { force }: CommandOptions,
): boolean {
  if (verb === 'cancel') return force ? !isFinal(status) : status === 'enqueued';
  return status !== 'archived' && (force === true || isFinal(status));
}

/** The statuses of the tasks that a command about "all" includes. */
export const statusesInAll = (verb: Verb, options: CommandOptions): TaskStatus[] =>
  TASK_STATUSES.filter((status) => isIncludedInAll(verb, status, options));
