import * as z from 'zod';
import type { Wiring } from '../wiring.ts';
import { parseQuery, type Route } from './http.ts';
import { taskView } from './task-view.ts';

const querySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).optional(),
});

/** GET /tasks → 200 `{ tasks, next? }`: the caller's own, an admin's everybody's, newest first. */
export const listTasks =
  ({ log, catalogue }: Pick<Wiring, 'log' | 'catalogue'>): Route =>
  async (request) => {
    const { limit, cursor } = parseQuery(querySchema, request);
    const { owner, isAdmin } = request.caller;
    const { tasks, next } = await log.list({
      limit,
      ...(isAdmin ? {} : { owner }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const views = tasks.map((task) => taskView(task, catalogue));
    return { status: 200, body: { tasks: views, ...(next === undefined ? {} : { next }) } };
  };
