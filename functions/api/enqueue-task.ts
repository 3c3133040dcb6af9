import * as z from 'zod';
import type { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import type { EnqueuedTask, EnqueueRequest } from '../../shared/dispatcher/enqueue-request.ts';
import { type FieldProblem, TaskNameUnknownError, TaskQueueError } from '../../shared/errors.ts';
import { fieldProblems } from '../../shared/field-problems.ts';
import { MAX_DELAY_SECONDS } from '../../shared/limits.ts';
import type { Logger } from '../../shared/logger.ts';
import { strictObject } from '../../shared/strict-object.ts';
import { ownerSchema } from '../../shared/task/message.ts';
import type { Wiring } from '../wiring/wiring.ts';
import type { Caller } from './caller.ts';
import type { Reply, Route } from './http.ts';
import { type EnqueueDeps, enqueueUnderKey } from './idempotency-key.ts';
import { type Problem, problemOf, RequestError } from './problem.ts';

/** Tasks in one request. */
export const MAX_TASKS = 100;

const text = z.string().min(1).max(255);

export const requestSchema = strictObject({
  name: text,
  parameters: z.custom((value) => value !== undefined, 'is missing; {} if the task takes none'),
  label: text.optional().describe('For people. Default: the name.'),
  owner: ownerSchema
    .nullable()
    .optional()
    .describe("Only an admin may name somebody else. Null: the system's. Default: the caller."),
  delaySeconds: z
    .int()
    .min(0)
    .max(MAX_DELAY_SECONDS)
    .optional()
    .describe('Not before this many seconds from now. Default: 0.'),
  masterStatus: z
    .boolean()
    .optional()
    .describe('True: its children do not change its status. Default: false.'),
});

/**
 * POST /tasks, with one task or an array of up to 100.
 *
 * One: 202 `{ id, queue }`, or a problem. An array: 202 when all were accepted and 207 otherwise,
 * `{ items }` in the order of the request, each `{ id, queue }` or a problem. With the header
 * `idempotency-key`, a repetition is answered like the first request and makes no second task.
 */
export const enqueueTask =
  (deps: Deps): Route =>
  async (request) => {
    const { dispatcher, logger } = deps;
    const input = request.body();
    const tasks = (Array.isArray(input) ? batchOf(input) : [input]).map((task) =>
      attempt(() => toRequest(dispatcher, task, request.caller)),
    );
    const { answers, isReplay } = await enqueueUnderKey(tasks, request, deps);
    const headers = isReplay ? { 'idempotency-replayed': 'true' } : {};
    if (Array.isArray(input)) return { ...batchReply(answers, logger), headers };
    const [answer] = answers;
    if (answer instanceof Error) throw answer;
    return { status: 202, body: answer, headers };
  };

type Deps = EnqueueDeps & Pick<Wiring, 'logger'>;

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

/** @throws {RequestError | TaskQueueError} naming all that is wrong, with the parameters too */
function toRequest(dispatcher: Dispatcher, input: unknown, caller: Caller): EnqueueRequest {
  const parsed = requestSchema.safeParse(input);
  if (!parsed.success) {
    const problems = [...fieldProblems(parsed.error), ...parameterProblems(dispatcher, input)];
    throw new RequestError('BODY_INVALID', 'The task is invalid.', { problems });
  }
  const { owner, label, delaySeconds, masterStatus, ...request } = parsed.data;
  if (owner !== undefined && owner !== caller.owner && !caller.isAdmin) {
    const problems = [{ path: 'owner', message: 'only an admin may enqueue for somebody else' }];
    throw new RequestError('OWNER_FORBIDDEN', 'The owner is not yours to set.', { problems });
  }
  return {
    ...request,
    ...(owner === null ? {} : { owner: owner ?? caller.owner }),
    ...(label === undefined ? {} : { label }),
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
    ...(masterStatus === undefined ? {} : { masterStatus }),
  };
}

const namedSchema = z.object({ name: text, parameters: z.unknown().optional() });

/** So that a bad label does not hide bad parameters, nor missing parameters a bad name. */
function parameterProblems(dispatcher: Dispatcher, input: unknown): readonly FieldProblem[] {
  const named = namedSchema.safeParse(input);
  if (!named.success) return [];
  const { name, parameters } = named.data;
  const checked = attempt(() => dispatcher.check(name, parameters));
  const isTold = parameters === undefined && !(checked instanceof TaskNameUnknownError);
  return checked instanceof TaskQueueError && !isTold ? checked.problems : [];
}

function attempt<Result>(action: () => Result): Result | Error {
  try {
    return action();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
