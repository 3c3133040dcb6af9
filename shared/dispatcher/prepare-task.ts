import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { defined } from '../defined.ts';
import {
  ConfigInvalidError,
  type FieldProblem,
  ParametersInvalidError,
  TaskTooLargeError,
} from '../errors.ts';
import type { PayloadStore } from '../files/file-store.ts';
import { checkOffloadable } from '../files/payloads.ts';
import { messageOf } from '../foreign/text.ts';
import { newTaskId } from '../ids.ts';
import type { JsonValue } from '../json.ts';
import { MAX_DELAY_SECONDS, MAX_MESSAGE_BYTES } from '../limits.ts';
import { encodeTask, isShallow, NESTING_RULE, taskProblems } from '../task/message.ts';
import type { Task } from '../task/task.ts';
import {
  parseParameters,
  type TaskCatalogue,
  type TaskDefinition,
} from '../task/task-definition.ts';
import type { EnqueueRequest } from './enqueue-request.ts';

/**
 * Runs an encoded task of a sync queue. Resolves when the task has ended and its report is stored,
 * when it asked for too many runs, or when another process runs it.
 */
export type SyncRunner = (queue: string, body: string) => Promise<void>;

type Routes = Pick<TaskQueueConfig, 'queues' | 'defaultQueue' | 'taskQueues'>;

export type PrepareDeps = {
  readonly config: Routes;
  readonly catalogue: TaskCatalogue;
  /** Stores parameters that are too large for a message. Absent: such a task is refused. */
  readonly payloads?: PayloadStore | undefined;
  /** Runs a task of a sync queue in this process. Absent where there are no handlers. */
  readonly runSync?: SyncRunner;
  readonly clock?: Clock;
};

/** A checked and routed task. It can be sent once large parameters are stored. */
export type Prepared = {
  readonly task: Task;
  readonly queue: string;
  readonly delaySeconds: number;
  /** True when the task fits in a message. */
  readonly fits: boolean;
};

/**
 * Checks a request, makes its task and finds the queue.
 * @throws {TaskNameUnknownError | ParametersInvalidError | TaskTooLargeError | ConfigInvalidError}
 */
export function prepareTask(
  { name, parameters, label, delaySeconds = 0, ...rest }: EnqueueRequest,
  { catalogue, config, runSync, payloads, clock = systemClock }: PrepareDeps,
): Prepared {
  const { id = newTaskId(), masterStatus = false, owner, parentId, retryOf } = rest;
  const definition = catalogue.get(name);
  const json = parametersAsJson(name, parameters);
  const parsed = tryParse(() => parseParameters(definition, json));
  const task: Task = defined({
    id,
    name,
    parameters: json,
    label: label ?? name,
    owner,
    parentId,
    retryOf,
    masterStatus,
    createdAt: isoTime(clock.now()),
  });
  const problems = [...parsed.problems, ...taskProblems(task), ...delayProblems(delaySeconds)];
  if (problems.length > 0) throw new ParametersInvalidError(name, problems);
  const queue = queueFor(definition, parsed.value, config);
  if (isSyncQueue(queue, config) && !runSync) throw syncElsewhere(queue);
  return { task, queue, delaySeconds, fits: fitsMessage(task, payloads) };
}

/**
 * Returns the queue of a task: the one its definition chooses from the parameters, else the one the
 * configuration associates with its name, else the default queue, else the first queue.
 * @throws {ConfigInvalidError} when that queue is not registered
 */
export function queueFor(
  definition: TaskDefinition,
  parameters: unknown,
  { queues, defaultQueue, taskQueues }: Routes,
): string {
  const { name } = definition;
  const names = queues.map((queue) => queue.name);
  const associated = Object.hasOwn(taskQueues, name) ? taskQueues[name] : undefined;
  const chosen = definition.queue?.(parameters) ?? associated ?? defaultQueue ?? names[0];
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  throw new ConfigInvalidError(`of task "${name}"`, [
    { path: 'queue', message: `"${chosen}" is not registered; registered: ${names.join(', ')}` },
  ]);
}

/** True when the tasks of this queue run in the caller. */
export const isSyncQueue = (queue: string, { queues }: Pick<TaskQueueConfig, 'queues'>): boolean =>
  queues.some(({ name, broker }) => name === queue && broker.type === 'memory');

/** The error for a task of a sync queue in a process without handlers. */
export const syncElsewhere = (queue: string): Error =>
  new ConfigInvalidError(`of queue "${queue}"`, [
    {
      path: 'broker.type',
      message: 'is memory, which runs tasks in the caller, but this process has no handlers',
    },
  ]);

/**
 * Returns the parameters as a worker receives them.
 * @throws {ParametersInvalidError} when they are not JSON, or nested too deeply
 */
export function parametersAsJson(taskName: string, parameters: unknown): JsonValue {
  const refuse = (message: string): ParametersInvalidError =>
    new ParametersInvalidError(taskName, [{ path: 'parameters', message }]);
  if (parameters === undefined) throw refuse('is missing; {} if the task takes none');
  // Checked first, because JSON.stringify recurses and would overflow the stack.
  if (!isShallow(parameters)) throw refuse(NESTING_RULE);
  try {
    return JSON.parse(JSON.stringify(parameters)) as JsonValue;
  } catch (error) {
    throw refuse(`must be JSON: ${messageOf(error)}`);
  }
}

/**
 * Gives the task an id derived from its request, so that a repeated request makes no second task.
 * @param createdAt milliseconds since 1970
 */
export const identifiedAs = (item: Prepared, id: string, createdAt: number): Prepared => ({
  ...item,
  task: { ...item.task, id, createdAt: isoTime(createdAt) },
});

/** @throws {TaskTooLargeError} when the task fits neither a message nor the file store */
function fitsMessage(task: Task, payloads: PayloadStore | undefined): boolean {
  const bytes = Buffer.byteLength(encodeTask(task));
  if (bytes <= MAX_MESSAGE_BYTES) return true;
  if (!payloads) throw new TaskTooLargeError(bytes, MAX_MESSAGE_BYTES);
  checkOffloadable(task.parameters);
  return false;
}

/** Returns the problems instead of throwing, so that they are reported with those of the label. */
function tryParse(parse: () => unknown): { value?: unknown; problems: readonly FieldProblem[] } {
  try {
    return { value: parse(), problems: [] };
  } catch (error) {
    if (error instanceof ParametersInvalidError) return { problems: error.problems };
    throw error;
  }
}

function delayProblems(delaySeconds: number): FieldProblem[] {
  const isFine =
    Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS;
  const message = `must be a whole number from 0 to ${MAX_DELAY_SECONDS}`;
  return isFine ? [] : [{ path: 'delaySeconds', message }];
}
