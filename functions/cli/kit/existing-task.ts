import { TaskNotFoundError } from '../../../shared/errors.ts';

/** What the log has under an id that somebody typed. @throws {TaskNotFoundError} */
export async function existingTask<Found>(
  id: string,
  read: (id: string) => Promise<Found | undefined>,
): Promise<Found> {
  // People copy ids from where they are written otherwise.
  const known = id.toUpperCase();
  // Only now: the help needs no ids.
  const { isTaskId } = await import('../../../shared/ids.ts');
  const found = isTaskId(known) ? await read(known) : undefined;
  if (found === undefined) throw new TaskNotFoundError(id);
  return found;
}
