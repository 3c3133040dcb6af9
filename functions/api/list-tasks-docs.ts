import * as z from 'zod';
import type { Shape } from '../../shared/api/schemas.ts';
import type { TaskPageView, TaskTableView } from '../../shared/api/views.ts';
import { summarySchema } from './get-task-docs.ts';
import { listQuery } from './list-tasks.ts';
import { type RouteDoc, TASKS } from './openapi/route-doc.ts';

const taskTableSchema = z
  .strictObject({
    rows: z.int().min(1),
    page: z.int().min(1),
    amount: z.int().min(0).describe('Rows on this page.'),
    total: z.int().min(0).describe('Number of pages.'),
    records: z.int().min(0).describe('Number of all matches.'),
    data: z.array(summarySchema),
    recordsRead: z.int().min(0).describe('Records read to answer the request.'),
  } satisfies Shape<TaskTableView>)
  .meta({ id: 'TaskTable', description: "A page in the form of TAO's data table." });

const taskPageSchema = z
  .strictObject({
    tasks: z.array(summarySchema),
    next: z.string().exactOptional().describe('Cursor of the next page. Absent on the last page.'),
    recordsRead: z
      .int()
      .min(0)
      .exactOptional()
      .describe('With `offset`: records read to answer the request.'),
  } satisfies Shape<TaskPageView>)
  .meta({ id: 'TaskPage' });

export const listTasksDoc: RouteDoc = {
  operationId: 'listTasks',
  tag: TASKS,
  summary: 'List tasks, newest first',
  description:
    "Lists the caller's tasks; for an admin, everyone's. A task must match all filters. Page by `limit` and `cursor`. " +
    '`limit` with `offset`, and `rows` with `page`, also work, but cost more for each further page.',
  query: listQuery,
  responses: {
    200: {
      description: "A page of tasks. With `rows` or `page`: in the form of TAO's data table.",
      schema: z.union([taskPageSchema, taskTableSchema]),
    },
  },
  problems: ['OWNER_FORBIDDEN', 'CURSOR_INVALID', 'LOG_UNAVAILABLE'],
};
