import { cursorAfter, idInCursor } from '../../task-log/cursor.ts';
import { idRange, idRangeAfter } from '../../task-log/id-range.ts';
import { matcherOf, type TaskFilter } from '../../task-log/task-filter.ts';
import type { ListQuery, TaskPage, TaskSummary } from '../../task-log/task-log.ts';
import type { DynamodbTable } from '../table.ts';
import { summaryOf, type TaskItem } from './items.ts';
import { SortedMerge } from './merge.ts';
import { type Source, sourceOf } from './source.ts';

/** Most records that a page reads to find its tasks. */
const READ_AT_MOST = 1000;
/** Items that are fetched at once. */
const MAX_BATCH = 100;

/**
 * One page. What it reads depends on its length and on how many tasks match, never on how many there
 * are. @param readAtMost 8 or more
 */
export async function listTasks(
  table: DynamodbTable,
  query: ListQuery,
  readAtMost = READ_AT_MOST,
): Promise<TaskPage> {
  const { limit, offset = 0, order = 'newest', cursor } = query;
  const start = cursor === undefined ? undefined : idInCursor(cursor, query);
  const created = idRange(query);
  const source = sourceOf(
    query,
    start === undefined ? created : idRangeAfter(created, start, order),
  );
  const merge = new SortedMerge(table, source.queries, {
    order,
    wanted: offset + limit,
    readAtMost: query.offset === undefined ? readAtMost : Number.POSITIVE_INFINITY,
  });

  const tasks = await pageOf(table, source, merge, query);
  const end = tasks.length < limit ? merge.unreadFrom : await endOfFullPage(merge, tasks.at(-1));
  return {
    tasks,
    recordsRead: merge.recordsRead,
    ...(end !== undefined && { next: cursorAfter(end, query) }),
  };
}

async function pageOf(
  table: DynamodbTable,
  source: Source,
  merge: SortedMerge,
  { limit, offset = 0, ...filter }: ListQuery,
): Promise<TaskSummary[]> {
  // Of what is sure to match, nobody needs to see the items to skip them.
  if (source.isExact) await merge.take(offset);
  const first = source.isExact ? 0 : offset;
  const tasks: TaskSummary[] = [];
  let matched = 0;
  for await (const task of matching(table, source, merge, filter, first + limit)) {
    matched += 1;
    if (matched > first) tasks.push(task);
    if (tasks.length === limit) break;
  }
  return tasks;
}

/** The tasks that match, in order. `wanted` is how many will be taken at most. */
async function* matching(
  table: DynamodbTable,
  { finds, isExact }: Source,
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
    const tasks = (items as TaskItem[]).map(summaryOf);
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
