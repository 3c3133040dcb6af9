import { createHash } from 'node:crypto';
import { CursorInvalidError } from '../errors.ts';
import { isTaskId } from '../ids.ts';
import type { ListOrder } from './id-range.ts';
import type { TaskFilter } from './task-filter.ts';

/** What a cursor belongs to: it leads nowhere sensible in a list that is filtered or sorted otherwise. */
export type Listing = TaskFilter & { readonly order?: ListOrder | undefined };

const ID_LENGTH = 26;

/** An opaque cursor: the next page starts beyond this task id, whatever was inserted meanwhile. */
export const cursorAfter = (taskId: string, listing: Listing): string =>
  Buffer.from(taskId + fingerprintOf(listing)).toString('base64url');

/** The id in a cursor. @throws {CursorInvalidError} also when the cursor was made for another list */
export function idInCursor(cursor: string, listing: Listing): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  const id = text.slice(0, ID_LENGTH);
  if (!isTaskId(id) || text.slice(ID_LENGTH) !== fingerprintOf(listing)) {
    throw new CursorInvalidError();
  }
  return id;
}

/** The same for the same list, in whatever order its names, statuses and queues are given. */
function fingerprintOf({ order = 'newest', ...listing }: Listing): string {
  const { owner, parentId, labelPrefix, createdAfter, createdBefore } = listing;
  const { names, statuses, queues, updatedAfter, updatedBefore } = listing;
  const lists = [names, statuses, queues].map((list) => list?.toSorted());
  const times = [createdAfter, createdBefore, updatedAfter, updatedBefore];
  const identity = JSON.stringify([order, owner, parentId, labelPrefix, ...lists, ...times]);
  return createHash('sha256').update(identity).digest('base64url').slice(0, 8);
}
