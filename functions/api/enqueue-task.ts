import * as z from 'zod';
import type { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { type EnqueuedOnce, enqueueOnce } from '../../shared/dispatcher/enqueue-once.ts';
import type { EnqueuedTask, EnqueueRequest } from '../../shared/dispatcher/enqueue-request.ts';
import { type FieldProblem, TaskNameUnknownError, TaskQueueError } from '../../shared/errors.ts';
import { errorOf } from '../../shared/foreign/text.ts';
import { MAX_DELAY_SECONDS } from '../../shared/limits.ts';
import type { Logger } from '../../shared/logger.ts';
import { ownerSchema } from '../../shared/task/message.ts';
import { fieldProblems, strictObject } from '../../shared/validation.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { type Caller, ownerForbidden } from './caller.ts';
import type { ApiRequest, Reply, RouteHandler } from './http.ts';
import { type Problem, problemOf, RequestError } from './problem.ts';

/** Tasks in one request. */
export const MAX_TASKS = 100;

const text = z.string().min(1).max(255);

export const requestSchema = strictObject({
  name: text,
  parameters: z.custom((value) => value !== undefined, 'is missing; {} if the task takes none'),
  label: text.optional().describe('Shown to people. Default: the name.'),
  owner: ownerSchema
    .nullable()
    .optional()
    .describe('Only an admin can name another owner. Null: the system. Default: the caller.'),
  delaySeconds: z
    .int()
    .min(0)
    .max(MAX_DELAY_SECONDS)
    .optional()
    .describe('The task starts after this many seconds at the earliest. Default: 0.'),
  masterStatus: z
    .boolean()
    .optional()
    .describe("True: children do not change the task's status. Default: false."),
});

/**
 * POST /tasks, with one task or an array of up to 100.
 *
 * One task: 202 `{ id, queue }`, or a problem. An array: 202 when all were accepted, else 207, with
 * `{ items }` in the order of the request, each `{ id, queue }` or a problem. With the header
 * `idempotency-key`, a repeated request gets the first response and makes no second task.
 */
export const enqueueTask =
  (deps: EnqueueDeps & Pick<Wiring, 'logger'>): RouteHandler =>
  async (request) => {
    const { dispatcher, logger } = deps;
    const input = request.body();
    const tasks = (Array.isArray(input) ? batchOf(input) : [input]).map((task) =>
      attempt(() => toRequest(dispatcher, task, request.caller)),
    );
    const { answers, isReplay } = await enqueueUnderKey(tasks, request, deps);
    const headers = replayHeaders(isReplay);
    if (Array.isArray(input)) return { ...batchReply(answers, logger), headers };
    const [answer] = answers;
    if (answer instanceof Error) throw answer;
    return { status: 202, body: answer, headers };
  };

export type EnqueueDeps = Pick<Wiring, 'dispatcher' | 'log' | 'idempotency'>;

/** Enqueues. With the header, skips what an earlier request under the same key enqueued. */
export async function enqueueUnderKey(
  tasks: readonly (EnqueueRequest | Error)[],
  request: ApiRequest,
  { dispatcher, log, idempotency }: EnqueueDeps,
): Promise<EnqueuedOnce> {
  const key = idempotencyKeyOf(request);
  if (key === undefined) {
    return { answers: await dispatcher.enqueueMany(tasks), isReplay: false };
  }
  const { owner } = request.caller;
  return enqueueOnce({ owner, key }, tasks, { dispatcher, log, keys: idempotency });
}

/**
 * The key is opaque: quotes, as the IETF draft writes them, are part of it.
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
 */
const KEY_HEADER = 'idempotency-key';
export const KEY_PATTERN = /^[\x20-\x7e]{1,255}$/;

/** @throws {RequestError} 400 when the header is not a valid key */
function idempotencyKeyOf({ headers }: ApiRequest): string | undefined {
  const key = headers[KEY_HEADER];
  if (key === undefined || KEY_PATTERN.test(key)) return key;
  const problems = [{ path: KEY_HEADER, message: 'must be 1 to 255 printable ASCII characters' }];
  throw new RequestError('IDEMPOTENCY_KEY_INVALID', 'The idempotency key is invalid.', {
    problems,
  });
}

export const replayHeaders = (isReplay: boolean): Record<string, string> =>
  isReplay ? { 'idempotency-replayed': 'true' } : {};

function batchOf(inputs: readonly unknown[]): readonly unknown[] {
  if (inputs.length >= 1 && inputs.length <= MAX_TASKS) return inputs;
  const message = `An array must have 1 to ${MAX_TASKS} tasks; this one has ${inputs.length}.`;
  throw new RequestError('BODY_INVALID', message);
}

function batchReply(answers: readonly (EnqueuedTask | Error)[], logger: Logger): Reply {
  const toProblem = (error: Error): Problem => {
    const problem = problemOf(error);
    if (problem.status >= 500) logger.error('task of a batch failed', { error });
    return problem;
  };
  return {
    status: answers.some((answer) => answer instanceof Error) ? 207 : 202,
    body: {
      items: answers.map((answer) => (answer instanceof Error ? toProblem(answer) : answer)),
    },
  };
}

/** @throws {RequestError | TaskQueueError} with everything that is wrong, the parameters included */
function toRequest(dispatcher: Dispatcher, input: unknown, caller: Caller): EnqueueRequest {
  const parsed = requestSchema.safeParse(input);
  if (!parsed.success) {
    const problems = [...fieldProblems(parsed.error), ...parameterProblems(dispatcher, input)];
    throw new RequestError('BODY_INVALID', 'The task is invalid.', { problems });
  }
  const { owner = caller.owner, ...request } = parsed.data;
  if (owner !== caller.owner && !caller.isAdmin) {
    throw ownerForbidden('Only an admin can enqueue for another owner.');
  }
  return { ...request, owner: owner ?? undefined };
}

const namedSchema = z.object({ name: text, parameters: z.unknown().optional() });

/** Reports bad parameters together with a bad label, and a bad name together with missing ones. */
function parameterProblems(dispatcher: Dispatcher, input: unknown): readonly FieldProblem[] {
  const named = namedSchema.safeParse(input);
  if (!named.success) return [];
  const { name, parameters } = named.data;
  const checked = attempt(() => dispatcher.check(name, parameters));
  const isReported = parameters === undefined && !(checked instanceof TaskNameUnknownError);
  return checked instanceof TaskQueueError && !isReported ? checked.problems : [];
}

function attempt<Result>(action: () => Result): Result | Error {
  try {
    return action();
  } catch (error) {
    return errorOf(error);
  }
}
