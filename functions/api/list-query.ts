import * as z from 'zod';
import { isTaskId } from '../../shared/ids.ts';
import { strictObject } from '../../shared/strict-object.ts';
import { FILTERED_CATEGORIES } from '../../shared/task/category.ts';
import { NUL_RULE, ownerSchema, withoutNul } from '../../shared/task/message.ts';
import { STATUS_CATEGORIES, TASK_STATUSES } from '../../shared/task-log/status.ts';
import { dateTime, listOf, wholeNumber } from './query-fields.ts';

/** Tasks that are skipped at most, be it by `offset` or by `page`: each of them is read. */
const MAX_OFFSET = 10_000;
const MAX_NAMES = 50;
export const DEFAULT_LIMIT = 20;
/** As in the original's data table. */
export const DEFAULT_ROWS = 25;

const text = z.string().min(1).max(255).refine(withoutNul, NUL_RULE);

const fields = {
  name: listOf(text, MAX_NAMES).optional().describe('One or several, with commas between.'),
  category: listOf(z.enum(FILTERED_CATEGORIES), FILTERED_CATEGORIES.length)
    .optional()
    .describe(`One or several of ${FILTERED_CATEGORIES.join(', ')}: of what is so defined now.`),
  status: listOf(z.enum(TASK_STATUSES), TASK_STATUSES.length)
    .optional()
    .describe(`One or several of ${TASK_STATUSES.join(', ')}.`),
  statusCategory: listOf(z.enum(STATUS_CATEGORIES), STATUS_CATEGORIES.length)
    .optional()
    .describe(`One or several of ${STATUS_CATEGORIES.join(', ')}.`),
  queue: listOf(text, MAX_NAMES).optional().describe('One or several, with commas between.'),
  owner: ownerSchema.optional().describe('Only an admin sees the tasks of others.'),
  parentId: z.string().refine(isTaskId, 'must be the id of a task').optional(),
  labelPrefix: text.optional(),
  createdAfter: dateTime.optional(),
  createdBefore: dateTime.optional(),
  updatedAfter: dateTime.optional(),
  updatedBefore: dateTime.optional(),
  sort: z.enum(['newest', 'oldest']).optional(),
  limit: wholeNumber(1, 100).optional(),
  cursor: z.string().min(1).optional().describe('`next` of the page before.'),
  offset: wholeNumber(0, MAX_OFFSET).optional(),
  page: wholeNumber(1, MAX_OFFSET + 1).optional(),
  rows: wholeNumber(1, 100).optional(),
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
  // Also when a field is wrong, so that all that is wrong is told at once.
  { when: () => true },
);

export type ListFields = z.output<typeof listQuery>;
