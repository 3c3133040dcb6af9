import * as z from 'zod';
import { taskView } from '../../shared/api/views.ts';
import { isTaskId } from '../../shared/ids.ts';
import { NUL_RULE, ownerSchema, withoutNul } from '../../shared/task/message.ts';
import { FILTERED_CATEGORIES, type TaskCatalogue } from '../../shared/task/task-definition.ts';
import { STATUS_CATEGORIES, statusesAmong, TASK_STATUSES } from '../../shared/task-log/status.ts';
import type { TaskFilter } from '../../shared/task-log/task-filter.ts';
import type { ListQuery } from '../../shared/task-log/task-log.ts';
import { strictObject } from '../../shared/validation.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { ownerToRead } from './caller.ts';
import { parseQuery, type RouteHandler } from './http.ts';
import { isoDateTime, listOf, wholeNumberIn } from './query-fields.ts';

/** Most tasks that `offset` or `page` can skip. The log reads each of them. */
const MAX_OFFSET = 10_000;
const MAX_NAMES = 50;
const DEFAULT_LIMIT = 20;
/** The default of TAO's data table. */
const DEFAULT_ROWS = 25;

const text = z.string().min(1).max(255).refine(withoutNul, NUL_RULE);
const oneOrMoreOf = (values: readonly string[]): string =>
  `One or more of ${values.join(', ')}, separated by commas.`;

const fields = {
  name: listOf(text, MAX_NAMES).optional().describe('One or more, separated by commas.'),
  category: listOf(z.enum(FILTERED_CATEGORIES), FILTERED_CATEGORIES.length)
    .optional()
    .describe(`${oneOrMoreOf(FILTERED_CATEGORIES)} Refers to the current task definitions.`),
  status: listOf(z.enum(TASK_STATUSES), TASK_STATUSES.length)
    .optional()
    .describe(oneOrMoreOf(TASK_STATUSES)),
  statusCategory: listOf(z.enum(STATUS_CATEGORIES), STATUS_CATEGORIES.length)
    .optional()
    .describe(oneOrMoreOf(STATUS_CATEGORIES)),
  queue: listOf(text, MAX_NAMES).optional().describe('One or more, separated by commas.'),
  owner: ownerSchema.optional().describe("Only an admin can list other owners' tasks."),
  parentId: z.string().refine(isTaskId, 'must be the id of a task').optional(),
  labelPrefix: text.optional(),
  createdAfter: isoDateTime.optional(),
  createdBefore: isoDateTime.optional(),
  updatedAfter: isoDateTime.optional(),
  updatedBefore: isoDateTime.optional(),
  sort: z.enum(['newest', 'oldest']).optional(),
  limit: wholeNumberIn(1, 100).optional(),
  cursor: z.string().min(1).optional().describe('`next` of the previous page.'),
  offset: wholeNumberIn(0, MAX_OFFSET).optional(),
  page: wholeNumberIn(1, MAX_OFFSET + 1).optional(),
  rows: wholeNumberIn(1, 100).optional(),
};
type Field = keyof typeof fields;

/** There are three ways to page: `limit` with `cursor`, `limit` with `offset`, and `rows` with `page`. */
const NOT_TOGETHER: readonly (readonly [Field, Field])[] = [
  ['cursor', 'offset'],
  ['cursor', 'page'],
  ['cursor', 'rows'],
  ['limit', 'page'],
  ['limit', 'rows'],
  ['offset', 'page'],
  ['offset', 'rows'],
];

const RANGES: readonly (readonly [Field, Field])[] = [
  ['createdAfter', 'createdBefore'],
  ['updatedAfter', 'updatedBefore'],
];

/** The query string of GET /tasks. */
export const listQuery = strictObject(fields).superRefine(
  (query, context) => {
    const problem = (field: Field, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    for (const [a, b] of NOT_TOGETHER) {
      if (a in query && b in query) problem(a, `cannot be used together with ${b}`);
    }
    for (const [from, to] of RANGES) {
      if (Number(query[from]) >= Number(query[to])) problem(to, `must be later than ${from}`);
    }
    const { page = 1, rows = DEFAULT_ROWS } = query;
    const lastPage = Math.floor(MAX_OFFSET / rows) + 1;
    if (page > lastPage) problem('page', `must be at most ${lastPage} with ${rows} rows a page`);
  },
  // Runs even if a field is invalid, so that one response has all errors.
  { when: () => true },
);

type ListFields = z.output<typeof listQuery>;

/**
 * GET /tasks → 200 `{ tasks, next? }`: the caller's tasks, for an admin everyone's, filtered. With
 * `offset` also `recordsRead`. With `page` or `rows` the response has the form of TAO's data table:
 * `{ rows, page, amount, total, data }`.
 */
export const listTasks =
  ({ log, catalogue }: Deps): RouteHandler =>
  async (request) => {
    const query = parseQuery(listQuery, request);
    const { page, rows, sort: order, limit = DEFAULT_LIMIT, offset, cursor } = query;
    const owner = ownerToRead(request.caller, query.owner);
    const filter = { ...filterOf(query), owner, names: namesOf(query, catalogue) };
    if (page !== undefined || rows !== undefined) {
      const table = await tableOf({ log, catalogue }, { ...filter, order }, page, rows);
      return { status: 200, body: table };
    }
    const found = await log.list({ ...filter, order, limit, offset, cursor });
    const body = {
      tasks: found.tasks.map((task) => taskView(task, catalogue)),
      next: found.next,
      recordsRead: offset === undefined ? undefined : found.recordsRead,
    };
    return { status: 200, body };
  };

type Deps = Pick<Wiring, 'log' | 'catalogue'>;

/** Returns the task names to list. A category selects the names that are defined with it. */
function namesOf({ name, category }: ListFields, catalogue: TaskCatalogue) {
  if (!category) return name;
  const isWanted = (one: string): boolean =>
    category.some((wanted) => wanted === catalogue.categoryOf(one));
  return (name ?? catalogue.names).filter(isWanted);
}

function filterOf(query: ListFields): TaskFilter {
  const { queue: queues, status, statusCategory, ...rest } = query;
  const { parentId, labelPrefix, createdAfter, createdBefore, updatedAfter, updatedBefore } = rest;
  const statuses = statusesAmong(status, statusCategory);
  const times = { createdAfter, createdBefore, updatedAfter, updatedBefore };
  return { parentId, statuses, queues, labelPrefix, ...times };
}

/**
 * In TAO's data table, `amount` is the number of rows on this page and `total` the number of pages.
 * `records` is the number of all matches. Counting them reads every record that may match.
 */
async function tableOf(
  { log, catalogue }: Deps,
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
