import * as z from 'zod';
import { decide, type Verb } from '../../shared/task-log/decide.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { parseOptions, type Route } from './http.ts';
import { ownTask } from './own-task.ts';

export const optionsSchema = z.strictObject({
  force: z.boolean().default(false).describe('Also when the task is in progress.'),
});

/**
 * POST /tasks/{id}/archive and POST /tasks/{id}/cancel, with `{ force? }` or no body → 200
 * `{ id, outcome }`: archived or cancelled; 202 when it is `requested` of the worker that runs it.
 */
export const decideTask =
  (log: TaskLog, verb: Verb): Route =>
  async (request) => {
    const options = parseOptions(optionsSchema, request);
    const { id } = await ownTask(request.path['id'], request.caller, (id) => log.getSummary(id));
    const decided = await decide(log, verb, id, options);
    return { status: decided.outcome === 'requested' ? 202 : 200, body: decided };
  };
