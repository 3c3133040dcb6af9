import * as z from 'zod';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { parseQuery, type Route } from './http.ts';
import { taskView } from './task-view.ts';

export const listQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('Tasks on a page.'),
  cursor: z.string().min(1).optional().describe('`next` of the page before.'),
});

/** GET /tasks → 200 `{ tasks, next? }`: the caller's own, an admin's everybody's, newest first. */
export const listTasks =
  (log: TaskLog): Route =>
  async (request) => {
    const { limit, cursor } = parseQuery(listQuerySchema, request);
    const { owner, isAdmin } = request.caller;
    const { tasks, next } = await log.list({
      limit,
      ...(isAdmin ? {} : { owner }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    return {
      status: 200,
      body: { tasks: tasks.map(taskView), ...(next === undefined ? {} : { next }) },
    };
  };
