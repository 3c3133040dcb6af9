import { defined } from '../../defined.ts';
import { idRange } from '../../task-log/id-range.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import { matcherOf, type TaskFilter } from '../../task-log/task-filter.ts';
import type {
  Freshness,
  ListQuery,
  RecordsRead,
  TaskCount,
  TaskPage,
  TaskQueries,
  TaskRecord,
  TaskSummary,
  VisitedField,
} from '../../task-log/task-log.ts';
import type { DynamodbTable, Key, QueryPage } from '../table.ts';
import { accessPathOf, type TableQuery } from './access-path.ts';
import { summaryOfItem, type TaskItem, taskKey } from './items.ts';
import { readTaskPage } from './list.ts';
import type { OverflowItems } from './overflow-items.ts';

export class DynamodbQueries implements TaskQueries {
  readonly #table: DynamodbTable;
  readonly #overflow: OverflowItems;

  constructor(table: DynamodbTable, overflow: OverflowItems) {
    this.#table = table;
    this.#overflow = overflow;
  }

  async get(taskId: string): Promise<TaskRecord | undefined> {
    const item = (await this.#table.get(taskKey(taskId))) as TaskItem | undefined;
    if (!item) return undefined;
    const [parameters = null, report] = await Promise.all([
      this.#overflow.parametersOf(item),
      this.#overflow.reportOf(item),
    ]);
    return defined({ ...summaryOfItem(item), parameters, report });
  }

  async getSummary(taskId: string, freshness: Freshness = 'now'): Promise<TaskSummary | undefined> {
    const key = taskKey(taskId);
    const item = await (freshness === 'soon' ? this.#table.getSoon(key) : this.#table.get(key));
    return item && summaryOfItem(item as TaskItem);
  }

  list(query: ListQuery): Promise<TaskPage> {
    return readTaskPage(this.#table, query);
  }

  async count(filter: TaskFilter): Promise<TaskCount> {
    const path = accessPathOf(filter, idRange(filter));
    let count = 0;
    if (!path.isExact) {
      const { recordsRead } = await this.visit(filter, ['id'], () => {
        count += 1;
      });
      return { count, recordsRead };
    }
    // DynamoDB reads as much, but sends nothing.
    const queries = path.queries.map((query) => ({ ...query, Select: 'COUNT' as const }));
    const recordsRead = await this.#readAll(queries, async (page) => {
      count += page.count;
    });
    return { count, recordsRead };
  }

  /** Reads all partitions at once, page by page, and keeps no page. */
  async visit<Field extends VisitedField>(
    filter: TaskFilter,
    fields: readonly Field[],
    visitor: (task: Pick<TaskSummary, Field>) => void,
  ): Promise<RecordsRead> {
    const path = accessPathOf(filter, idRange(filter));
    if (path.finds === 'items') {
      const queries = path.queries.map((query) => ({ ...query, ...projected(query, fields) }));
      const recordsRead = await this.#readAll(queries, async ({ items }) => {
        for (const item of items as TaskItem[]) visitor(summaryOfItem(item));
      });
      return { recordsRead };
    }
    const matches = matcherOf(filter);
    const recordsRead = await this.#readAll(path.queries, async ({ items: keys }) => {
      const items = (await this.#table.getMany(keys as Key[])) as TaskItem[];
      for (const task of items.map(summaryOfItem)) if (matches(task)) visitor(task);
    });
    return { recordsRead };
  }

  async countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>> {
    const counts: Partial<Record<TaskStatus, number>> = {};
    await this.visit({ owner }, ['status'], ({ status }) => {
      counts[status] = (counts[status] ?? 0) + 1;
    });
    return counts;
  }

  async #readAll(
    queries: readonly TableQuery[],
    use: (page: QueryPage) => Promise<void>,
  ): Promise<number> {
    let recordsRead = 0;
    await Promise.all(
      queries.map(async (query) => {
        for await (const page of this.#table.queryAll(query)) {
          recordsRead += page.scanned;
          await use(page);
        }
      }),
    );
    return recordsRead;
  }
}

/** Makes DynamoDB send these fields only. Attributes have the names of the fields, except the id. */
const projected = (query: TableQuery, fields: readonly VisitedField[]): Partial<TableQuery> => {
  const names = fields.filter((field) => field !== 'id').map((field) => [`#${field}`, field]);
  return {
    ProjectionExpression: ['sk', ...names.map(([placeholder]) => placeholder)].join(', '),
    ExpressionAttributeNames: { ...query.ExpressionAttributeNames, ...Object.fromEntries(names) },
  };
};
