import { idRange } from '../../task-log/id-range.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import { matcherOf, type TaskFilter } from '../../task-log/task-filter.ts';
import type { RecordsRead, TaskCount, TaskSummary, VisitedField } from '../../task-log/task-log.ts';
import type { DynamodbTable, Key, QueryPage } from '../table.ts';
import { summaryOf, type TaskItem } from './items.ts';
import { type Query, sourceOf } from './source.ts';

/** Reads page after page of all partitions at once, and keeps none. */
export async function visitTasks<Field extends VisitedField>(
  table: DynamodbTable,
  filter: TaskFilter,
  fields: readonly Field[],
  visitor: (task: Pick<TaskSummary, Field>) => void,
): Promise<RecordsRead> {
  const source = sourceOf(filter, idRange(filter));
  if (source.finds === 'items') {
    const queries = source.queries.map((query) => ({ ...query, ...projected(query, fields) }));
    const recordsRead = await readAll(table, queries, async ({ items }) => {
      for (const item of items as TaskItem[]) visitor(summaryOf(item));
    });
    return { recordsRead };
  }
  const matches = matcherOf(filter);
  const recordsRead = await readAll(table, source.queries, async ({ items: keys }) => {
    const items = (await table.getMany(keys as Key[])) as TaskItem[];
    for (const task of items.map(summaryOf)) if (matches(task)) visitor(task);
  });
  return { recordsRead };
}

/** Has DynamoDB send these fields only, whose attributes have the same names, but for the id. */
const projected = (query: Query, fields: readonly VisitedField[]): Partial<Query> => {
  const names = fields.filter((field) => field !== 'id').map((field) => [`#${field}`, field]);
  return {
    ProjectionExpression: ['sk', ...names.map(([placeholder]) => placeholder)].join(', '),
    ExpressionAttributeNames: { ...query.ExpressionAttributeNames, ...Object.fromEntries(names) },
  };
};

export async function countTasks(table: DynamodbTable, filter: TaskFilter): Promise<TaskCount> {
  const source = sourceOf(filter, idRange(filter));
  let count = 0;
  if (!source.isExact) {
    const { recordsRead } = await visitTasks(table, filter, ['id'], () => {
      count += 1;
    });
    return { count, recordsRead };
  }
  // DynamoDB reads as much, but sends nothing.
  const queries = source.queries.map((query) => ({ ...query, Select: 'COUNT' as const }));
  const recordsRead = await readAll(table, queries, async (page) => {
    count += page.count;
  });
  return { count, recordsRead };
}

export async function countByStatus(
  table: DynamodbTable,
  owner: string | undefined,
): Promise<Partial<Record<TaskStatus, number>>> {
  const counts: Partial<Record<TaskStatus, number>> = {};
  await visitTasks(table, { owner }, ['status'], ({ status }) => {
    counts[status] = (counts[status] ?? 0) + 1;
  });
  return counts;
}

async function readAll(
  table: DynamodbTable,
  queries: readonly Query[],
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
