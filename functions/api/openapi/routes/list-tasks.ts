import { listQuerySchema } from '../../list-tasks.ts';
import type { RouteDoc } from '../route-doc.ts';
import { taskPageSchema } from '../schemas/task-schemas.ts';

export const listTasksDoc: RouteDoc = {
  operationId: 'listTasks',
  tag: 'Tasks',
  summary: 'List tasks, newest first',
  description: 'The caller’s own; an admin’s list has everybody’s.',
  query: listQuerySchema,
  responses: { 200: { description: 'A page of tasks.', schema: taskPageSchema } },
  problems: ['CURSOR_INVALID', 'LOG_UNAVAILABLE'],
};
