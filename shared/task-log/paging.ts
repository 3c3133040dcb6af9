import { createHash } from 'node:crypto';
import { CursorInvalidError } from '../errors.ts';
import { isTaskId } from '../ids.ts';
import type { ListOrder } from './id-range.ts';
import type { TaskFilter } from './task-filter.ts';
import type { ListQuery, TaskPage, TaskQueries } from './task-log.ts';

/** The most tasks in a page. */
const PAGE = 100;

/**
 * Reads page after page, until there are `limit` tasks or no more. You may stop after any page: how
 * much is read depends on how many records do not match. @param limit 1 or more
 */
export async function* pagesOf(
  log: Pick<TaskQueries, 'list'>,
  query: Omit<ListQuery, 'limit'>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<TaskPage> {
  let { cursor } = query;
  let missing = limit;
  do {
    const page = await log.list({ ...query, cursor, limit: Math.min(missing, PAGE) });
    yield page;
    missing -= page.tasks.length;
    cursor = page.next;
  } while (cursor !== undefined && missing > 0);
}

/** The list that a cursor belongs to. With another filter or order it would lead to a wrong place. */
export type Listing = TaskFilter & { readonly order?: ListOrder | undefined };

const ID_LENGTH = 26;

/** An opaque cursor: the next page starts after this task id, whatever is inserted in between. */
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

/** Does not depend on the order of names, statuses and queues. */
function fingerprintOf({ order = 'newest', ...listing }: Listing): string {
  const { owner, parentId, labelPrefix, createdAfter, createdBefore } = listing;
  const { names, statuses, queues, updatedAfter, updatedBefore } = listing;
  const lists = [names, statuses, queues].map((list) => list?.toSorted());
  const times = [createdAfter, createdBefore, updatedAfter, updatedBefore];
  const identity = JSON.stringify([order, owner, parentId, labelPrefix, ...lists, ...times]);
  return createHash('sha256').update(identity).digest('base64url').slice(0, 8);
}
