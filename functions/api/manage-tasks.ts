import * as z from 'zod';
import { inTurn } from '../../shared/batches.ts';
import { retryRequestOf } from '../../shared/dispatcher/enqueue-request.ts';
import { TaskInProgressError } from '../../shared/errors.ts';
import { ownerSchema } from '../../shared/task/message.ts';
import {
  type DecideDeps,
  type Decided,
  decide,
  isIncludedInAll,
  type Verb,
} from '../../shared/task-log/commands.ts';
import { isFinal } from '../../shared/task-log/status.ts';
import type { TaskCommands, TaskQueries } from '../../shared/task-log/task-log.ts';
import { strictObject } from '../../shared/validation.ts';
import { type Caller, ownerForbidden, ownTask } from './caller.ts';
import { type EnqueueDeps, enqueueUnderKey, replayHeaders } from './enqueue-task.ts';
import { type ApiRequest, parseOptions, type Reply, type RouteHandler } from './http.ts';
import { type Problem, problemOf } from './problem.ts';

const PAGE = 100;
const AT_ONCE = 10;

/** An HTTP API waits 30 s for its Lambda. The rest is left for the page in progress. */
const BUDGET_MS = 15_000;

const force = z.boolean().default(false);

export const optionsSchema = strictObject({
  force: force.describe('Also applies to a task in progress.'),
});

const idsSchema = strictObject({ ids: z.array(z.string()).min(1).max(PAGE), force });
const allSchema = strictObject({
  all: z.literal(true),
  force,
  owner: ownerSchema.optional().describe('Owner of the tasks. Only an admin can name another.'),
  cursor: z.string().min(1).optional(),
});

export const manySchema = z.union([idsSchema, allSchema]);

type ManageDeps = DecideDeps & { readonly log: TaskCommands & TaskQueries };

/**
 * POST /tasks/{id}/archive and POST /tasks/{id}/cancel, with `{ force? }` or no body → 200
 * `{ id, outcome }`: archived or cancelled. 202 with `requested` when a worker must stop the task.
 */
export const cancelOrArchive =
  (deps: ManageDeps, verb: Verb): RouteHandler =>
  async (request) => {
    const options = parseOptions(optionsSchema, request);
    const done = await act(deps, verb, request.path['id'], request.caller, options);
    return { status: done.outcome === 'requested' ? 202 : 200, body: done };
  };

/**
 * POST /tasks/archive and POST /tasks/cancel, with `{ ids, force? }` or `{ all: true, force? }` →
 * `{ items, counts, next? }`. 207 when some were refused. `next` is the cursor to continue with, when
 * the time ran out.
 *
 * `all` selects the caller's tasks that need no force: archive takes ended tasks, cancel takes tasks
 * that have not started. With force it selects all of them.
 */
export const cancelOrArchiveMany =
  (deps: ManageDeps, verb: Verb, now: () => number = Date.now): RouteHandler =>
  async (request) => {
    const input = inputOf(request);
    const { caller } = request;
    const actOn = (id: string): Promise<Item> => outcomeOf(deps, verb, id, caller, input);
    if ('ids' in input) return replyWith(await inTurn([...new Set(input.ids)], AT_ONCE, actOn));

    const { owner = caller.owner } = input;
    if (owner !== caller.owner && !caller.isAdmin) {
      throw ownerForbidden(`Only an admin can ${verb} other owners' tasks.`);
    }
    const items: Item[] = [];
    const deadline = now() + BUDGET_MS;
    let { cursor } = input;
    do {
      const page = await deps.log.list({ owner, limit: PAGE, cursor });
      const selected = page.tasks.filter(({ status }) => isIncludedInAll(verb, status, input));
      items.push(...(await inTurn(selected, AT_ONCE, ({ id }) => actOn(id))));
      cursor = page.next;
    } while (cursor && now() < deadline);
    return replyWith(items, cursor);
  };

/**
 * POST /tasks/{id}/retry, with `{ force? }` or no body → 202 `{ id, queue, retryOf }`: a new task with
 * the same name, parameters, label and owner. The old record does not change. With the header
 * `idempotency-key`, a repeated request makes no second task.
 */
export const retryTask =
  (deps: EnqueueDeps): RouteHandler =>
  async (request) => {
    const { force } = parseOptions(optionsSchema, request);
    const old = await ownTask(request.path['id'], request.caller, (id) => deps.log.get(id));
    if (!isFinal(old.status) && !force) throw new TaskInProgressError('retry');
    const { answers, isReplay } = await enqueueUnderKey([retryRequestOf(old)], request, deps);
    const [task] = answers;
    if (task === undefined || task instanceof Error) throw task;
    const body = { ...task, retryOf: old.id };
    return { status: 202, body, headers: replayHeaders(isReplay) };
  };

/** Picks the schema by the keys that are there, so that the errors are about the intended one. */
function inputOf(request: ApiRequest): z.output<typeof manySchema> {
  const body = request.body({});
  const namesIds = typeof body === 'object' && body !== null && 'ids' in body;
  return namesIds ? parseOptions(idsSchema, request) : parseOptions(allSchema, request);
}

type Item = Decided | (Problem & { readonly id: string });
type Options = { readonly force: boolean };

async function act(
  deps: ManageDeps,
  verb: Verb,
  id: string | undefined,
  caller: Caller,
  options: Options,
): Promise<Decided> {
  const task = await ownTask(id, caller, (taskId) => deps.log.getSummary(taskId));
  return decide(deps, verb, task, options);
}

async function outcomeOf(
  deps: ManageDeps,
  verb: Verb,
  id: string,
  caller: Caller,
  options: Options,
): Promise<Item> {
  try {
    return await act(deps, verb, id, caller, options);
  } catch (error) {
    return { id, ...problemOf(error) };
  }
}

function replyWith(items: readonly Item[], next?: string): Reply {
  const kinds = items.map((item) => ('outcome' in item ? item.outcome : item.code));
  const counts = Object.fromEntries(
    [...Map.groupBy(kinds, (kind) => kind)].map(([kind, all]) => [kind, all.length]),
  );
  const isRefused = items.some((item) => !('outcome' in item));
  return { status: isRefused ? 207 : 200, body: { items, counts, next } };
}
