import type { ListQuery, TaskLog, TaskPage } from './task-log.ts';

/** Most tasks of a page. */
const PAGE = 100;

/**
 * Page after page, until there are so many tasks, or no more. How much is read depends on how many
 * records do not match: whoever iterates may stop after any page. @param limit 1 or more
 */
export async function* pagesOf(
  log: Pick<TaskLog, 'list'>,
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
