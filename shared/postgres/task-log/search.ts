import { isoTime } from '../../clock.ts';
import { cursorAfter, idInCursor } from '../../task-log/cursor.ts';
import { type IdRange, idRange, idRangeAfter } from '../../task-log/id-range.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import type { TaskFilter } from '../../task-log/task-filter.ts';
import type { ListQuery, TaskCount, TaskPage, TaskSummary } from '../../task-log/task-log.ts';
import type { Sql } from '../sql.ts';
import { SUMMARY_COLUMNS, type SummaryRow, summaryOf } from './rows.ts';

/** Rows that are fetched at once when all are visited. */
const BATCH = 1000;

/** One page: what the index on the narrowest filter leads to, in order. */
export async function listTasks(sql: Sql, query: ListQuery): Promise<TaskPage> {
  const { limit, offset = 0, order = 'newest', cursor } = query;
  const created = idRange(query);
  const range =
    cursor === undefined ? created : idRangeAfter(created, idInCursor(cursor, query), order);
  const rows = await select(sql, query, range, { order, limit: limit + 1, offset });
  const tasks = rows.slice(0, limit).map(summaryOf);
  const last = tasks.at(-1);
  return {
    tasks,
    recordsRead: offset + rows.length,
    ...(rows.length > limit && last && { next: cursorAfter(last.id, query) }),
  };
}

export async function countTasks(sql: Sql, filter: TaskFilter): Promise<TaskCount> {
  const { where, values } = conditionsOf(filter, idRange(filter));
  const [row] = await sql.query<{ count: number }>({
    text: `select count(*)::integer as count from task_queue.task_log where ${where}`,
    values: values,
  });
  const count = row?.count ?? 0;
  return { count, recordsRead: count };
}

/** In batches by id, so that neither side has to hold them all. @returns how many there were */
export async function visitTasks(
  sql: Sql,
  filter: TaskFilter,
  visitor: (task: TaskSummary) => void,
): Promise<number> {
  let range = idRange(filter);
  for (let visited = 0; ; ) {
    const rows = await select(sql, filter, range, { order: 'oldest', limit: BATCH, offset: 0 });
    for (const row of rows) visitor(summaryOf(row));
    visited += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < BATCH) return visited;
    range = idRangeAfter(range, last.id, 'oldest');
  }
}

export async function countByStatus(
  sql: Sql,
  owner?: string,
): Promise<Partial<Record<TaskStatus, number>>> {
  const rows = await sql.query<{ status: TaskStatus; count: number }>({
    text: `select status, count(*)::integer as count from task_queue.task_log
     where $1::text is null or owner = $1 group by status`,
    values: [owner ?? null],
  });
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

type Page = {
  readonly order: 'newest' | 'oldest';
  readonly limit: number;
  readonly offset: number;
};

function select(
  sql: Sql,
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
  return sql.query<SummaryRow>({
    text: `${list} limit ${place(limit)} offset ${place(offset)}`,
    values,
  });
}

/**
 * Several statuses are as many lists, each in the order of its index: else the planner may read all
 * others to find the few of one status. The tasks of an owner or a parent have an index of their own.
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

/** Only what is asked for becomes a condition, so that the planner sees which index serves. */
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
