import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import {
  ConfigInvalidError,
  type FieldProblem,
  ParametersInvalidError,
  TaskTooLargeError,
} from '../errors.ts';
import type { PayloadStore } from '../files/file-store.ts';
import { checkOffloadable } from '../files/payloads.ts';
import { newTaskId } from '../ids.ts';
import type { JsonValue } from '../json.ts';
import { MAX_DELAY_SECONDS, MAX_MESSAGE_BYTES } from '../limits.ts';
import { encodeTask, isShallow, NESTING_RULE, taskProblems } from '../task/message.ts';
import type { Task } from '../task/task.ts';
import { parseParameters, type TaskCatalogue } from '../task/task-definition.ts';
import type { EnqueueRequest } from './enqueue-request.ts';
import { queueFor } from './routing.ts';

/**
 * Resolves when the encoded task has ended and its report is stored, when it asked for too many runs,
 * or when another process runs it.
 */
export type SyncRunner = (queue: string, body: string) => Promise<void>;

export type PrepareDeps = {
  readonly config: Pick<TaskQueueConfig, 'queues' | 'defaultQueue' | 'taskQueues'>;
  readonly catalogue: TaskCatalogue;
  /** Takes parameters that are too large for a message. Absent: such a task is refused. */
  readonly payloads?: PayloadStore | undefined;
  /** Runs a task of a sync queue here and now. Absent where there are no handlers. */
  readonly runSync?: SyncRunner;
  readonly clock?: Clock;
};

/** A task that can be sent, but for parameters that have to be put aside first. */
export type Prepared = {
  readonly task: Task;
  readonly queue: string;
  readonly delaySeconds: number;
  /** In a message. */
  readonly fits: boolean;
};

/** @throws {TaskNameUnknownError | ParametersInvalidError | TaskTooLargeError | ConfigInvalidError} */
export function prepareTask(
  { name, parameters, label, delaySeconds = 0, ...rest }: EnqueueRequest,
  { catalogue, config, runSync, payloads, clock = systemClock }: PrepareDeps,
): Prepared {
  const { id = newTaskId(), masterStatus = false, owner, parentId, retryOf } = rest;
  const definition = catalogue.get(name);
  const json = parametersAsJson(name, parameters);
  const parsed = tryParse(() => parseParameters(definition, json));
  const task: Task = {
    id,
    name,
    parameters: json,
    label: label ?? name,
    ...(owner === undefined ? {} : { owner }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(retryOf === undefined ? {} : { retryOf }),
    masterStatus,
    createdAt: isoTime(clock.now()),
  };
  const problems = [...parsed.problems, ...taskProblems(task), ...delayProblems(delaySeconds)];
  if (problems.length > 0) throw new ParametersInvalidError(name, problems);
  const queue = queueFor(definition, parsed.value, config);
  if (isSyncQueue(queue, config) && !runSync) throw syncElsewhere(queue);
  return { task, queue, delaySeconds, fits: fitsMessage(task, payloads) };
}

/** @throws {TaskTooLargeError} when the task fits neither a message nor the file store */
function fitsMessage(task: Task, payloads: PayloadStore | undefined): boolean {
  const bytes = Buffer.byteLength(encodeTask(task));
  if (bytes <= MAX_MESSAGE_BYTES) return true;
  if (!payloads) throw new TaskTooLargeError(bytes, MAX_MESSAGE_BYTES);
  checkOffloadable(task.parameters);
  return false;
}

/** So that bad parameters do not hide a bad label. */
function tryParse(parse: () => unknown): { value?: unknown; problems: readonly FieldProblem[] } {
  try {
    return { value: parse(), problems: [] };
  } catch (error) {
    if (error instanceof ParametersInvalidError) return { problems: error.problems };
    throw error;
  }
}

/**
 * The task under an id that follows from what asked for it: repeating that makes no second task.
 * @param createdAt milliseconds since 1970
 */
export const identifiedAs = (item: Prepared, id: string, createdAt: number): Prepared => ({
  ...item,
  task: { ...item.task, id, createdAt: isoTime(createdAt) },
});

/** True when the tasks of this queue run in the caller. */
export const isSyncQueue = (queue: string, { queues }: Pick<TaskQueueConfig, 'queues'>): boolean =>
  queues.some(({ name, broker }) => name === queue && broker.type === 'memory');

function delayProblems(delaySeconds: number): FieldProblem[] {
  const isFine =
    Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= MAX_DELAY_SECONDS;
  const message = `must be a whole number from 0 to ${MAX_DELAY_SECONDS}`;
  return isFine ? [] : [{ path: 'delaySeconds', message }];
}

/**
 * The parameters as a worker will get them.
 * @throws {ParametersInvalidError} when they are no JSON, or nested too deep
 */
export function parametersAsJson(taskName: string, parameters: unknown): JsonValue {
  const refuse = (message: string): ParametersInvalidError =>
    new ParametersInvalidError(taskName, [{ path: 'parameters', message }]);
  if (parameters === undefined) throw refuse('is missing; {} if the task takes none');
  // First: text is made of them by recursion, which ends by the size of the stack.
  if (!isShallow(parameters)) throw refuse(NESTING_RULE);
  try {
    return JSON.parse(JSON.stringify(parameters)) as JsonValue;
  } catch (error) {
    throw refuse(`must be JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Where there are no handlers. */
export const syncElsewhere = (queue: string): Error =>
  new ConfigInvalidError(`of queue "${queue}"`, [
    { path: 'broker.type', message: 'memory runs tasks in the caller, which has no handlers here' },
  ]);
