import * as z from 'zod';
import { listQuery } from '../../list-query.ts';
import type { RouteDoc } from '../route-doc.ts';
import { taskPageSchema, taskTableSchema } from '../schemas/task-schemas.ts';

export const listTasksDoc: RouteDoc = {
  operationId: 'listTasks',
  tag: 'Tasks',
  summary: 'List tasks, newest first',
  description:
    'The caller’s own; an admin’s list has everybody’s. Everything that is given must fit. Page by `limit` and `cursor`, ' +
    'or, at a cost that grows, by `limit` and `offset`, or by `rows` and `page`.',
  query: listQuery,
  responses: {
    200: {
      description: 'A page of tasks. With `rows` or `page`: as TAO’s data table has it.',
      schema: z.union([taskPageSchema, taskTableSchema]),
    },
  },
  problems: ['OWNER_FORBIDDEN', 'CURSOR_INVALID', 'LOG_UNAVAILABLE'],
};
