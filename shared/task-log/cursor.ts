import { CursorInvalidError } from '../errors.ts';
import { isTaskId } from '../ids.ts';

/** An opaque cursor: the next page starts below this task id, whatever was inserted meanwhile. */
export const cursorAfter = (taskId: string): string => Buffer.from(taskId).toString('base64url');

/** The id in a cursor. @throws {CursorInvalidError} */
export function idInCursor(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (!isTaskId(id)) throw new CursorInvalidError();
  return id;
}
