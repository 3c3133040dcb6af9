import { isoTime } from '../../clock.ts';
import { defined } from '../../defined.ts';
import type { StoredFiles } from '../../files/file-store.ts';
import { readParameters } from '../../files/payloads.ts';
import { type IdRange, idRange, idRangeAfter } from '../../task-log/id-range.ts';
import { cursorAfter, idInCursor } from '../../task-log/paging.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import type { TaskFilter } from '../../task-log/task-filter.ts';
import type {
  ListQuery,
  RecordsRead,
  TaskCount,
  TaskPage,
  TaskQueries,
  TaskRecord,
  TaskSummary,
  VisitedField,
} from '../../task-log/task-log.ts';
import type { Sql } from '../sql.ts';
import { SUMMARY_COLUMNS, type SummaryRow, summaryOfRow, type TaskRow } from './rows.ts';

/** Number of rows that one batch of a visit fetches. */
const BATCH = 1000;

type Page = {
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  readonly offset: number;
};

export class PostgresQueries implements TaskQueries {
  readonly #sql: Sql;
  readonly #files: StoredFiles | undefined;

  constructor(sql: Sql, files: StoredFiles | undefined) {
    this.#sql = sql;
    this.#files = files;
  }

  async get(taskId: string): Promise<TaskRecord | undefined> {
    const [row] = await this.#sql.query<TaskRow>({
      text: `select ${SUMMARY_COLUMNS}, parameters, parameters_at, report from task_queue.task_log where id = $1`,
      values: [taskId],
    });
    if (!row) return undefined;
    const { parameters_at: at, report } = row;
    const parameters = at === null ? row.parameters : await readParameters(at, this.#files);
    return defined({
      ...summaryOfRow(row),
      parameters: parameters ?? null,
      report: report ?? undefined,
    });
  }

  async getSummary(taskId: string): Promise<TaskSummary | undefined> {
    const [row] = await this.#sql.query<SummaryRow>({
      text: `select ${SUMMARY_COLUMNS} from task_queue.task_log where id = $1`,
      values: [taskId],
    });
    return row && summaryOfRow(row);
  }

  async list(query: ListQuery): Promise<TaskPage> {
    const { limit, offset = 0, order = 'newest', cursor } = query;
    const created = idRange(query);
    const range =
      cursor === undefined ? created : idRangeAfter(created, idInCursor(cursor, query), order);
    const rows = await this.#select(query, range, { order, limit: limit + 1, offset });
    const tasks = rows.slice(0, limit).map(summaryOfRow);
    const last = rows.length > limit ? tasks.at(-1) : undefined;
    return {
      tasks,
      recordsRead: offset + rows.length,
      next: last && cursorAfter(last.id, query),
    };
  }

  async count(filter: TaskFilter): Promise<TaskCount> {
    const { where, values } = conditionsOf(filter, idRange(filter));
    const [row] = await this.#sql.query<{ count: number }>({
      text: `select count(*)::integer as count from task_queue.task_log where ${where}`,
      values,
    });
    const count = row?.count ?? 0;
    return { count, recordsRead: count };
  }

  /** Reads batch by batch, in the order of ids, so that neither side has to hold all rows. */
  async visit<Field extends VisitedField>(
    filter: TaskFilter,
    _fields: readonly Field[],
    visitor: (task: Pick<TaskSummary, Field>) => void,
  ): Promise<RecordsRead> {
    let range = idRange(filter);
    for (let recordsRead = 0; ; ) {
      const rows = await this.#select(filter, range, { order: 'oldest', limit: BATCH, offset: 0 });
      for (const row of rows) visitor(summaryOfRow(row));
      recordsRead += rows.length;
      const last = rows.at(-1);
      if (last === undefined || rows.length < BATCH) return { recordsRead };
      range = idRangeAfter(range, last.id, 'oldest');
    }
  }

  async countByStatus(owner?: string): Promise<Partial<Record<TaskStatus, number>>> {
    const rows = await this.#sql.query<{ status: TaskStatus; count: number }>({
      text: `select status, count(*)::integer as count from task_queue.task_log
       where $1::text is null or owner = $1 group by status`,
      values: [owner ?? null],
    });
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  #select(
    filter: TaskFilter,
    range: IdRange,
    { order, limit, offset }: Page,
  ): Promise<SummaryRow[]> {
    const { others, statuses } = listedByStatus(filter);
    const { where, values } = conditionsOf(others, range);
    const place = (value: unknown): string => `$${values.push(value)}`;
    const inOrder = `order by id ${order === 'newest' ? 'desc' : 'asc'}`;
    const listOf = (condition: string): string =>
      `select ${SUMMARY_COLUMNS} from task_queue.task_log where ${condition} ${inOrder}`;
    const ofStatus = (status: TaskStatus): string =>
      `(${listOf(`${where} and status = ${place(status)}`)} limit ${place(limit + offset)})`;
    const list =
      statuses.length > 0
        ? `select * from (${statuses.map(ofStatus).join(' union all ')}) as task ${inOrder}`
        : listOf(where);
    return this.#sql.query<SummaryRow>({
      text: `${list} limit ${place(limit)} offset ${place(offset)}`,
      values,
    });
  }
}

/**
 * Several statuses become several lists, each in the order of its index. Otherwise the planner may read
 * all other tasks to find the few of one status. Owner and parent have indexes of their own.
 */
function listedByStatus({ statuses, ...others }: TaskFilter): {
  readonly others: TaskFilter;
  readonly statuses: readonly TaskStatus[];
} {
  if (statuses === undefined) return { others, statuses: [] };
  const isNarrow = others.owner !== undefined || others.parentId !== undefined;
  return isNarrow || statuses.length === 0
    ? { others: { ...others, statuses }, statuses: [] }
    : { others, statuses: [...new Set(statuses)] };
}

/** Only given fields become conditions, so that the planner sees which index to use. */
function conditionsOf(
  filter: TaskFilter,
  range: IdRange,
): { readonly where: string; readonly values: unknown[] } {
  const { owner, parentId, names, statuses, queues, labelPrefix } = filter;
  const { updatedAfter, updatedBefore } = filter;
  const conditions: readonly (readonly [condition: string, value: unknown])[] = [
    ['id >= ?', range.first],
    ['id <= ?', range.last],
    ['owner = ?', owner],
    ['parent_id = ?', parentId],
    ['name = any(?)', names],
    ['status = any(?)', statuses],
    ['queue = any(?)', queues],
    ['starts_with(label, ?)', labelPrefix],
    ['updated_at >= ?', updatedAfter === undefined ? undefined : isoTime(updatedAfter)],
    ['updated_at < ?', updatedBefore === undefined ? undefined : isoTime(updatedBefore)],
  ];
  const given = conditions.filter(([, value]) => value !== undefined);
  return {
    where: given.map(([condition], index) => condition.replace('?', `$${index + 1}`)).join(' and '),
    values: given.map(([, value]) => value),
  };
}
