import { summaryOf, type TaskItem } from './dynamodb-items.ts';
import { type Source, sourceOf } from './dynamodb-source.ts';
import type { DynamodbTable, Key, QueryPage } from './dynamodb-table.ts';
import { idRange } from './id-range.ts';
import type { TaskStatus } from './status.ts';
import { matcherOf, type TaskFilter } from './task-filter.ts';
import type { RecordsRead, TaskCount, TaskSummary } from './task-log.ts';

/** Reads page after page of all partitions at once, and keeps none. */
export async function visitTasks(
  table: DynamodbTable,
  filter: TaskFilter,
  visitor: (task: TaskSummary) => void,
): Promise<RecordsRead> {
  const source = sourceOf(filter, idRange(filter));
  const matches = matcherOf(filter);
  const recordsRead = await readAll(table, source, async (page) => {
    const tasks = (await itemsOf(table, source, page)).map(summaryOf);
    for (const task of source.isExact ? tasks : tasks.filter(matches)) visitor(task);
  });
  return { recordsRead };
}

export async function countTasks(table: DynamodbTable, filter: TaskFilter): Promise<TaskCount> {
  const source = sourceOf(filter, idRange(filter));
  let count = 0;
  if (!source.isExact) {
    const { recordsRead } = await visitTasks(table, filter, () => {
      count += 1;
    });
    return { count, recordsRead };
  }
  // DynamoDB reads as much, but sends nothing.
  const queries = source.queries.map((query) => ({ ...query, Select: 'COUNT' as const }));
  const recordsRead = await readAll(table, { ...source, queries }, async (page) => {
    count += page.count;
  });
  return { count, recordsRead };
}

export async function countByStatus(
  table: DynamodbTable,
  owner: string | undefined,
): Promise<Partial<Record<TaskStatus, number>>> {
  const counts: Partial<Record<TaskStatus, number>> = {};
  await visitTasks(table, { owner }, ({ status }) => {
    counts[status] = (counts[status] ?? 0) + 1;
  });
  return counts;
}

async function readAll(
  table: DynamodbTable,
  { queries }: Source,
  use: (page: QueryPage) => Promise<void>,
): Promise<number> {
  let recordsRead = 0;
  await Promise.all(
    queries.map(async (query) => {
      for await (const page of table.queryAll(query)) {
        recordsRead += page.scanned;
        await use(page);
      }
    }),
  );
  return recordsRead;
}

/** Behind the keys of an index; records past their retention are gone. */
const itemsOf = async (
  table: DynamodbTable,
  { finds }: Source,
  { items }: QueryPage,
): Promise<TaskItem[]> =>
  (finds === 'items' ? items : await table.getMany(items as Key[])) as TaskItem[];
