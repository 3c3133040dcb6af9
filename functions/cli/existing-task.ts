import { TaskNotFoundError } from '../../shared/errors.ts';
import { isTaskId } from '../../shared/ids.ts';

/** What the log has under an id that somebody typed. @throws {TaskNotFoundError} */
export async function existingTask<Found>(
  id: string,
  read: (id: string) => Promise<Found | undefined>,
): Promise<Found> {
  // People copy ids from where they are written otherwise.
  const known = id.toUpperCase();
  const found = isTaskId(known) ? await read(known) : undefined;
  if (found === undefined) throw new TaskNotFoundError(id);
  return found;
}
