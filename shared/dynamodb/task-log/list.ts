import { idRange, idRangeAfter } from '../../task-log/id-range.ts';
import { cursorAfter, idInCursor } from '../../task-log/paging.ts';
import { matcherOf, type TaskFilter } from '../../task-log/task-filter.ts';
import type { ListQuery, TaskPage, TaskSummary } from '../../task-log/task-log.ts';
import type { DynamodbTable } from '../table.ts';
import { type AccessPath, accessPathOf } from './access-path.ts';
import { summaryOfItem, type TaskItem } from './items.ts';
import { SortedMerge } from './merge.ts';

/** The most records that a page reads to find its tasks. */
const READ_AT_MOST = 1000;
/** Items that are fetched at once. */
const MAX_BATCH = 100;

/**
 * Reads one page. The number of records read depends on the page's length and on how many tasks match,
 * never on how many tasks there are. @param readAtMost 8 or more
 */
export async function readTaskPage(
  table: DynamodbTable,
  query: ListQuery,
  readAtMost = READ_AT_MOST,
): Promise<TaskPage> {
  const { limit, offset = 0, order = 'newest', cursor } = query;
  const start = cursor === undefined ? undefined : idInCursor(cursor, query);
  const created = idRange(query);
  const path = accessPathOf(
    query,
    start === undefined ? created : idRangeAfter(created, start, order),
  );
  const merge = new SortedMerge(table, path.queries, {
    order,
    wanted: offset + limit,
    readAtMost: query.offset === undefined ? readAtMost : Number.POSITIVE_INFINITY,
  });

  const tasks = await pageOf(table, path, merge, query);
  const end = tasks.length < limit ? merge.unreadFrom : await endOfFullPage(merge, tasks.at(-1));
  return {
    tasks,
    recordsRead: merge.recordsRead,
    next: end === undefined ? undefined : cursorAfter(end, query),
  };
}

async function pageOf(
  table: DynamodbTable,
  path: AccessPath,
  merge: SortedMerge,
  { limit, offset = 0, ...filter }: ListQuery,
): Promise<TaskSummary[]> {
  // Everything matches, so the skipped items need not be read.
  if (path.isExact) await merge.take(offset);
  const first = path.isExact ? 0 : offset;
  const tasks: TaskSummary[] = [];
  let matched = 0;
  for await (const task of matching(table, path, merge, filter, first + limit)) {
    matched += 1;
    if (matched > first) tasks.push(task);
    if (tasks.length === limit) break;
  }
  return tasks;
}

/** The tasks that match, in order. `wanted` is how many will be taken at most. */
async function* matching(
  table: DynamodbTable,
  { finds, isExact }: AccessPath,
  merge: SortedMerge,
  filter: TaskFilter,
  wanted: number,
): AsyncGenerator<TaskSummary> {
  const matches = matcherOf(filter);
  let [seen, matched] = [0, 0];
  for (;;) {
    // As many as it takes if as many match as up to now.
    const size = Math.ceil(((wanted - matched) * (seen + 1)) / (matched + 1));
    const batch = await merge.take(Math.min(size, MAX_BATCH));
    if (batch.length === 0) return;
    const items = finds === 'items' ? batch : await table.getMany(batch);
    const tasks = (items as TaskItem[]).map(summaryOfItem);
    const accepted = isExact ? tasks : tasks.filter(matches);
    seen += batch.length;
    matched += accepted.length;
    yield* accepted;
  }
}

/** Where the next page begins; nothing if there is none. */
async function endOfFullPage(
  merge: SortedMerge,
  last: TaskSummary | undefined,
): Promise<string | undefined> {
  const isWithinBatch = last?.id !== merge.lastTaken;
  return isWithinBatch || (await merge.hasMore()) ? last?.id : undefined;
}
