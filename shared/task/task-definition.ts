import type * as z from 'zod';
import { defined } from '../defined.ts';
import { ConfigInvalidError, ParametersInvalidError, TaskNameUnknownError } from '../errors.ts';
import { MAX_LEASE_SECONDS } from '../limits.ts';
import { Report } from '../report/report.ts';
import { fieldProblems } from '../validation.ts';
import { RetryLaterError, type TaskContext } from './task-context.ts';

/** Categories that a list can filter by. `unknown` is excluded, because names without a definition have it, too. */
export const FILTERED_CATEGORIES = [
  'import',
  'export',
  'create',
  'update',
  'delete',
  'copy',
  'delivery_comp',
  'unrelated_resource',
] as const;

export type FilteredCategory = (typeof FILTERED_CATEGORIES)[number];

/** Categories of what a task does to its subject, for filters. */
export const TASK_CATEGORIES = [...FILTERED_CATEGORIES, 'unknown'] as const;

export type TaskCategory = (typeof TASK_CATEGORIES)[number];

export type RetryPolicy = {
  /** Attempts in all, 1 or more. 1 means no retry. */
  readonly maxAttempts: number;
  /** The first retry waits 0 to this many seconds. The upper bound doubles with each later retry. */
  readonly baseSeconds: number;
  /** No retry waits longer. SQS allows up to 43,200 s. */
  readonly maxSeconds: number;
};

const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 5, baseSeconds: 2, maxSeconds: 900 };
const DEFAULT_TIMEOUT_SECONDS = 3600;

export interface TaskOptions<Schema extends z.ZodType, Name extends string = string> {
  /** Stable API: it is in every message. At most 255 characters. */
  readonly name: Name;
  /** For the people who enqueue it: the API's document shows it. */
  readonly description?: string;
  /** @default 'unknown' */
  readonly category?: TaskCategory;
  /** Shape of the parameters. Checked when the task is enqueued and again before it runs. */
  readonly parameters: Schema;
  /** Chooses the queue from the parameters. Wins over the configuration; `undefined` uses the configuration. */
  queue?(parameters: z.output<Schema>): string | undefined;
  /** @default 5 attempts, waiting up to 2, 4, 8, … at most 900 s */
  readonly retry?: Partial<RetryPolicy>;
  /** One attempt may take this long, 1 to 43,200: SQS keeps a message no longer. @default 3600 */
  readonly timeoutSeconds?: number;
}

/**
 * Runs one attempt. What it returns becomes the task's report; what it throws fails the attempt.
 * Attempts may repeat after a crash, so its effects should be safe to apply again.
 */
export type Handle<Schema extends z.ZodType> = (call: {
  readonly parameters: z.output<Schema>;
  readonly context: TaskContext;
}) => Promise<Report | undefined> | Promise<void>;

/** The contract of a task: all that the API and its clients need to know. */
export interface TaskDefinition<
  Schema extends z.ZodType = z.ZodType,
  Name extends string = string,
> {
  readonly name: Name;
  readonly description?: string;
  readonly category: TaskCategory;
  readonly parameters: Schema;
  readonly retry: RetryPolicy;
  readonly timeoutSeconds: number;
  queue?(parameters: z.output<Schema>): string | undefined;
  /** Binds the code that runs the task. */
  handledBy(handle: Handle<Schema>): TaskHandler;
}

/** A contract with its code: all that a worker needs to run the task. */
export type TaskHandler = {
  readonly definition: TaskDefinition;
  /** @throws {ParametersInvalidError} before the code runs */
  run(parameters: unknown, context: TaskContext): Promise<Report | undefined>;
};

/** @throws {ConfigInvalidError} naming every option that is out of its range, with what is accepted */
export function defineTask<Schema extends z.ZodType, Name extends string>(
  options: TaskOptions<Schema, Name>,
): TaskDefinition<Schema, Name> {
  const { category = 'unknown', timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = options;
  const retry = { ...DEFAULT_RETRY, ...defined(options.retry ?? {}) };
  assertValid(options.name, category, { timeoutSeconds, ...retry });
  const definition: TaskDefinition<Schema, Name> = {
    ...options,
    category,
    timeoutSeconds,
    retry,
    handledBy: (handle) => ({
      definition,
      run: async (parameters, context) =>
        (await handle({ parameters: parseParameters(definition, parameters), context })) ??
        undefined,
    }),
  };
  return definition;
}

const RANGES = {
  timeoutSeconds: [1, MAX_LEASE_SECONDS],
  maxAttempts: [1, 1000],
  baseSeconds: [0, MAX_LEASE_SECONDS],
  maxSeconds: [0, MAX_LEASE_SECONDS],
} as const;

function assertValid(
  name: string,
  category: TaskCategory,
  values: Record<keyof typeof RANGES, number>,
): void {
  const problems = Object.entries(RANGES).flatMap(([path, [min, max]]) => {
    const value = values[path as keyof typeof RANGES];
    const isFine = value >= min && value <= max;
    return isFine ? [] : [{ path, message: `must be ${min} to ${max}, not ${value}` }];
  });
  if (name.length < 1 || name.length > 255) {
    problems.push({ path: 'name', message: 'must have 1 to 255 characters' });
  }
  if (!TASK_CATEGORIES.includes(category)) {
    const message = `must be one of ${TASK_CATEGORIES.join(', ')}, not "${category}"`;
    problems.push({ path: 'category', message });
  }
  if (problems.length > 0) throw new ConfigInvalidError(`of task "${name}"`, problems);
}

/** @throws {ParametersInvalidError} naming every bad field */
export function parseParameters<Schema extends z.ZodType>(
  { name, parameters: schema }: TaskDefinition<Schema>,
  parameters: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  throw new ParametersInvalidError(name, fieldProblems(parsed.error, 'parameters'));
}

/** The task definitions of a deployment by name. */
export type TaskCatalogue = {
  readonly names: readonly string[];
  /** @throws {TaskNameUnknownError} listing the known names */
  get(name: string): TaskDefinition;
  /** For what is shown of a task. `unknown` when no definition has this name, or not any more. */
  categoryOf(name: string): TaskCategory;
};

/** @throws {ConfigInvalidError} when two definitions share a name */
export function taskCatalogue(definitions: readonly TaskDefinition[]): TaskCatalogue {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const names = definitions.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  if (twice.length > 0) {
    throw new ConfigInvalidError(
      'of the tasks',
      twice.map((name) => ({ path: name, message: 'two task definitions have this name' })),
    );
  }
  return {
    names,
    get: (name) => {
      const definition = byName.get(name);
      if (definition === undefined) throw new TaskNameUnknownError(name, names);
      return definition;
    },
    categoryOf: (name) => byName.get(name)?.category ?? 'unknown',
  };
}

const ASK_AGAIN_SECONDS = 30;

/** How far work is that is done elsewhere. */
export type RemoteStatus =
  | {
      readonly status: 'created' | 'in_progress';
      /** @default 30 */
      readonly askAgainSeconds?: number;
      /** 0 to 100 */
      readonly percent?: number;
    }
  | { readonly status: 'completed' | 'failed'; readonly report?: Report };

/**
 * Returns the handler of a task that represents remote work. While that work is created or in
 * progress, the task is requeued without using an attempt, and asks again later.
 * @param ask starts the work if need be, and says how far it is; what it throws fails the attempt
 */
export const remoteWork =
  <Schema extends z.ZodType>(
    ask: (call: Parameters<Handle<Schema>>[0]) => Promise<RemoteStatus>,
  ): Handle<Schema> =>
  async (call) => {
    const answer = await ask(call);
    switch (answer.status) {
      case 'completed':
        return answer.report ?? Report.success('The remote work is completed.');
      case 'failed':
        return Report.error('The remote work failed.', undefined, answer.report && [answer.report]);
      default: {
        const { status, percent = 0, askAgainSeconds = ASK_AGAIN_SECONDS } = answer;
        await call.context.progress(percent, `the remote work is ${status}`);
        throw new RetryLaterError(askAgainSeconds, `the remote work is ${status}`);
      }
    }
  };
