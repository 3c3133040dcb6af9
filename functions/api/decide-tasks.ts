import * as z from 'zod';
import { inTurn } from '../../shared/batches.ts';
import { strictObject } from '../../shared/strict-object.ts';
import { ownerSchema } from '../../shared/task/message.ts';
import { type DecideDeps, type Decided, decide, type Verb } from '../../shared/task-log/decide.ts';
import { isMeantByAll } from '../../shared/task-log/meant-by-all.ts';
import type { Caller } from './caller.ts';
import { type ApiRequest, parseOptions, type Reply, type Route } from './http.ts';
import { ownTask } from './own-task.ts';
import { type Problem, problemOf, RequestError } from './problem.ts';

const PAGE = 100;
const AT_ONCE = 10;

/** An HTTP API waits 30 s for its Lambda; what is left then is for the next request. */
const BUDGET_MS = 15_000;

const force = z.boolean().default(false);

const idsSchema = strictObject({ ids: z.array(z.string()).min(1).max(PAGE), force });
const allSchema = strictObject({
  all: z.literal(true),
  force,
  owner: ownerSchema.optional().describe("Whose tasks; only an admin may name somebody else's."),
  cursor: z.string().min(1).optional(),
});

export const manySchema = z.union([idsSchema, allSchema]);

/** By what is there, so that what is wrong is told of the kind that was meant. */
function inputOf(request: ApiRequest): z.output<typeof manySchema> {
  const body = request.body({});
  const namesIds = typeof body === 'object' && body !== null && 'ids' in body;
  return namesIds ? parseOptions(idsSchema, request) : parseOptions(allSchema, request);
}

type Item = Decided | (Problem & { readonly id: string });
type Options = { readonly force: boolean };

/**
 * POST /tasks/archive and POST /tasks/cancel, with `{ ids, force? }` or `{ all: true, force? }` →
 * `{ items, counts, next? }`. 207 when some were refused; `next` when time was up before all were
 * seen: the cursor to go on with.
 *
 * `all` means the caller's tasks that need no force: to archive, what has ended; to cancel, what has
 * not begun. With force it means all of them.
 */
export const decideTasks =
  (deps: DecideDeps, verb: Verb, now: () => number = Date.now): Route =>
  async (request) => {
    const input = inputOf(request);
    const { caller } = request;
    const act = (id: string): Promise<Item> => actOn(deps, verb, id, caller, input);
    if ('ids' in input) return replyWith(await inTurn([...new Set(input.ids)], AT_ONCE, act));

    const whose = input.owner ?? caller.owner;
    if (whose !== caller.owner && !caller.isAdmin) throw notYours();
    const items: Item[] = [];
    const deadline = now() + BUDGET_MS;
    let cursor = input.cursor;
    do {
      const page = await deps.log.list({ owner: whose, limit: PAGE, ...(cursor && { cursor }) });
      const meant = page.tasks.filter(({ status }) => isMeantByAll(verb, status, input));
      items.push(...(await inTurn(meant, AT_ONCE, ({ id }) => act(id))));
      cursor = page.next;
    } while (cursor && now() < deadline);
    return replyWith(items, cursor);
  };

async function actOn(
  deps: DecideDeps,
  verb: Verb,
  id: string,
  caller: Caller,
  options: Options,
): Promise<Item> {
  try {
    const task = await ownTask(id, caller, () => deps.log.getSummary(id));
    return await decide(deps, verb, task, options);
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
  return { status: isRefused ? 207 : 200, body: { items, counts, ...(next && { next }) } };
}

const notYours = (): RequestError =>
  new RequestError('OWNER_FORBIDDEN', 'The tasks of others are not yours to decide over.', {
    problems: [{ path: 'owner', message: 'only an admin may name somebody else' }],
  });
