import * as z from 'zod';
import type { Dispatcher, EnqueueRequest } from '../../shared/dispatcher/dispatcher.ts';
import { type FieldProblem, TaskQueueError } from '../../shared/errors.ts';
import { fieldProblems } from '../../shared/field-problems.ts';
import type { Logger } from '../../shared/logger.ts';
import { MAX_OWNER_LENGTH } from '../../shared/task/message.ts';
import type { Caller } from './caller.ts';
import type { Reply, Route } from './http.ts';
import { type Problem, problemOf, RequestError } from './problem.ts';

/** Tasks in one request. */
export const MAX_TASKS = 100;

const text = z.string().min(1).max(255);

export const requestSchema = z.strictObject({
  name: text,
  parameters: z.custom((value) => value !== undefined, 'is missing; {} if the task takes none'),
  label: text.optional().describe('For people. Default: the name.'),
  owner: z
    .string()
    .min(1)
    .max(MAX_OWNER_LENGTH)
    .nullable()
    .optional()
    .describe("Only an admin may name somebody else. Null: the system's. Default: the caller."),
  delaySeconds: z
    .int()
    .min(0)
    .max(900)
    .optional()
    .describe('Not before this many seconds from now. Default: 0.'),
});

/**
 * POST /tasks, with one task or an array of up to 100.
 *
 * One: 202 `{ id, queue }`, or a problem. An array: 202 when all were accepted and 207 otherwise,
 * `{ items }` in the order of the request, each `{ id, queue }` or a problem.
 */
export const enqueueTask =
  (dispatcher: Dispatcher, logger: Logger): Route =>
  async ({ caller, body }) => {
    const input = body();
    return Array.isArray(input)
      ? enqueueMany(dispatcher, logger, input, caller)
      : { status: 202, body: await dispatcher.enqueue(toRequest(dispatcher, input, caller)) };
  };

async function enqueueMany(
  dispatcher: Dispatcher,
  logger: Logger,
  inputs: readonly unknown[],
  caller: Caller,
): Promise<Reply> {
  if (inputs.length < 1 || inputs.length > MAX_TASKS) {
    const message = `An array must have 1 to ${MAX_TASKS} tasks; this one has ${inputs.length}.`;
    throw new RequestError('BODY_INVALID', message);
  }
  const checked = inputs.map((input) => attempt(() => toRequest(dispatcher, input, caller)));
  const valid = checked.filter((item): item is EnqueueRequest => !(item instanceof Error));
  const answers = await dispatcher.enqueueMany(valid);
  const items = checked.map((item) => (item instanceof Error ? item : answers.shift()));
  const allAccepted = items.every((item) => !(item instanceof Error));
  const toProblem = (error: Error): Problem => {
    const problem = problemOf(error);
    if (problem.status >= 500) logger.error('task of a batch failed', { error });
    return problem;
  };
  return {
    status: allAccepted ? 202 : 207,
    body: { items: items.map((item) => (item instanceof Error ? toProblem(item) : item)) },
  };
}

/** @throws {RequestError | TaskQueueError} naming all that is wrong, with the parameters too */
function toRequest(dispatcher: Dispatcher, input: unknown, caller: Caller): EnqueueRequest {
  const parsed = requestSchema.safeParse(input);
  if (!parsed.success) {
    const problems = [...fieldProblems(parsed.error), ...parameterProblems(dispatcher, input)];
    throw new RequestError('BODY_INVALID', 'The task is invalid.', { problems });
  }
  const { owner, label, delaySeconds, ...request } = parsed.data;
  if (owner !== undefined && owner !== caller.owner && !caller.isAdmin) {
    const problems = [{ path: 'owner', message: 'only an admin may enqueue for somebody else' }];
    throw new RequestError('OWNER_FORBIDDEN', 'The owner is not yours to set.', { problems });
  }
  return {
    ...request,
    ...(owner === null ? {} : { owner: owner ?? caller.owner }),
    ...(label === undefined ? {} : { label }),
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
  };
}

const namedSchema = z.object({ name: z.string(), parameters: z.unknown() });

/** So that a bad label does not hide bad parameters. */
function parameterProblems(dispatcher: Dispatcher, input: unknown): readonly FieldProblem[] {
  const named = namedSchema.safeParse(input);
  if (!named.success) return [];
  const { name, parameters } = named.data;
  const checked = attempt(() => dispatcher.check(name, parameters));
  return checked instanceof TaskQueueError ? checked.problems : [];
}

function attempt<Result>(action: () => Result): Result | Error {
  try {
    return action();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
