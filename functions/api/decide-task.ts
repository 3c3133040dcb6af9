import * as z from 'zod';
import { strictObject } from '../../shared/strict-object.ts';
import { type DecideDeps, decide, type Verb } from '../../shared/task-log/decide.ts';
import { parseOptions, type Route } from './http.ts';
import { ownTask } from './own-task.ts';

export const optionsSchema = strictObject({
  force: z.boolean().default(false).describe('Also when the task is in progress.'),
});

/**
 * POST /tasks/{id}/archive and POST /tasks/{id}/cancel, with `{ force? }` or no body → 200
 * `{ id, outcome }`: archived or cancelled; 202 when it is `requested` of the worker that runs it.
 */
export const decideTask =
  (deps: DecideDeps, verb: Verb): Route =>
  async (request) => {
    const options = parseOptions(optionsSchema, request);
    const read = (id: string) => deps.log.getSummary(id);
    const task = await ownTask(request.path['id'], request.caller, read);
    const decided = await decide(deps, verb, task, options);
    return { status: decided.outcome === 'requested' ? 202 : 200, body: decided };
  };
