import { taskView } from '../../shared/api/task-view.ts';
import type { TaskCatalogue } from '../../shared/task/task-definition.ts';
import { statusesAmong } from '../../shared/task-log/status.ts';
import type { TaskFilter } from '../../shared/task-log/task-filter.ts';
import type { ListQuery } from '../../shared/task-log/task-log.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { parseQuery, type Route } from './http.ts';
import { DEFAULT_LIMIT, DEFAULT_ROWS, type ListFields, listQuery } from './list-query.ts';
import { ownerToRead } from './owner-scope.ts';

/**
 * GET /tasks → 200 `{ tasks, next? }`: the caller's own, an admin's everybody's, narrowed by filters.
 * With `offset` also `recordsRead`. With `page` or `rows` it answers as the original's data table:
 * `{ rows, page, amount, total, data }`.
 */
export const listTasks =
  ({ log, catalogue }: Pick<Wiring, 'log' | 'catalogue'>): Route =>
  async (request) => {
    const fields = parseQuery(listQuery, request);
    const { page, rows, sort: order, limit = DEFAULT_LIMIT, offset, cursor } = fields;
    const owner = ownerToRead(request.caller, fields.owner);
    const filter = { ...filterOf(fields), owner, names: namesOf(fields, catalogue) };
    if (page !== undefined || rows !== undefined) {
      return {
        status: 200,
        body: await tableOf({ log, catalogue }, { ...filter, order }, page, rows),
      };
    }
    const { tasks, next, recordsRead } = await log.list({
      ...filter,
      order,
      limit,
      offset,
      cursor,
    });
    return {
      status: 200,
      body: {
        tasks: tasks.map((task) => taskView(task, catalogue)),
        ...(next === undefined ? {} : { next }),
        ...(offset === undefined ? {} : { recordsRead }),
      },
    };
  };

/** A category stands for the names that are defined with it. */
function namesOf({ name, category }: ListFields, catalogue: TaskCatalogue) {
  if (!category) return name;
  const isMeant = (one: string): boolean =>
    category.some((wanted) => wanted === catalogue.categoryOf(one));
  return (name ?? catalogue.names).filter(isMeant);
}

function filterOf(fields: ListFields): TaskFilter {
  const { queue: queues, status, statusCategory, ...rest } = fields;
  const { parentId, labelPrefix, createdAfter, createdBefore, updatedAfter, updatedBefore } = rest;
  const statuses = statusesAmong(status, statusCategory);
  const times = { createdAfter, createdBefore, updatedAfter, updatedBefore };
  return { parentId, statuses, queues, labelPrefix, ...times };
}

/**
 * `amount` is the number of rows on this page, `total` the number of pages: so the original's data
 * table reads them. `records` is the number of all that match, which takes reading all that may.
 */
async function tableOf(
  { log, catalogue }: Pick<Wiring, 'log' | 'catalogue'>,
  { order, ...filter }: Omit<ListQuery, 'limit'>,
  page = 1,
  rows = DEFAULT_ROWS,
) {
  const [list, counted] = await Promise.all([
    log.list({ ...filter, order, limit: rows, offset: (page - 1) * rows }),
    log.count(filter),
  ]);
  return {
    rows,
    page,
    amount: list.tasks.length,
    total: Math.ceil(counted.count / rows),
    records: counted.count,
    data: list.tasks.map((task) => taskView(task, catalogue)),
    recordsRead: list.recordsRead + counted.recordsRead,
  };
}
