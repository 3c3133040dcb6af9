import type { Broker } from '../broker/broker.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { BrokerUnavailableError } from '../errors.ts';
import type { StoredFiles } from '../files/file-store.ts';
import { parametersOf } from '../files/payloads.ts';
import { errorOf } from '../foreign/text.ts';
import { encodeTask } from '../task/message.ts';
import type { Task } from '../task/task.ts';
import { parseParameters, type TaskCatalogue } from '../task/task-definition.ts';
import type { PendingRedelivery, StuckTask } from '../task-log/redelivery.ts';
import type { TaskQueries } from '../task-log/task-log.ts';
import { type StuckQuery, stuckPages, stuckTasks } from '../task-log/waiting-tasks.ts';
import { isSyncQueue, queueFor, type SyncRunner, syncElsewhere } from './prepare-task.ts';

export type RequeueDeps = {
  readonly config: Pick<TaskQueueConfig, 'queues' | 'defaultQueue' | 'taskQueues'>;
  readonly catalogue: TaskCatalogue;
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly runSync?: SyncRunner;
};

/** A recorded task whose message was lost or became a dead letter, and the queue it goes to. */
export type RequeuedTask = { readonly task: Task; readonly queue: string };

/** Resolves to one entry per task, in order: undefined, or why the task was not sent. */
type Requeue = (tasks: readonly RequeuedTask[]) => Promise<(Error | undefined)[]>;

/**
 * Sends messages of tasks that have a record already, under their ids, and records nothing. Runs tasks
 * of sync queues. If another message of a task exists, the claim lets one of them run.
 */
export async function requeue(
  tasks: readonly RequeuedTask[],
  deps: RequeueDeps,
): Promise<(Error | undefined)[]> {
  const groups = [...Map.groupBy(tasks, ({ queue }) => queue)];
  const answers = new Map(
    await Promise.all(
      groups.map(async ([queue, group]) => [queue, await sendGroup(queue, group, deps)] as const),
    ),
  );
  return tasks.map(({ queue }) => answers.get(queue)?.shift());
}

async function sendGroup(
  queue: string,
  group: readonly RequeuedTask[],
  { config, brokers, runSync }: RequeueDeps,
): Promise<(Error | undefined)[]> {
  const messages = group.map(({ task }) => ({ body: encodeTask(task) }));
  try {
    if (isSyncQueue(queue, config)) {
      if (!runSync) throw syncElsewhere(queue);
      for (const { body } of messages) await runSync(queue, body);
      return group.map(() => undefined);
    }
    const broker = brokers.get(queue);
    if (!broker) throw new BrokerUnavailableError(queue, 'it has no broker here');
    return await broker.publish(messages);
  } catch (error) {
    return group.map(() => error as Error);
  }
}

export type RequeueStuckDeps = Pick<RequeueDeps, 'catalogue' | 'config'> & {
  readonly log: Pick<TaskQueries, 'list'>;
  readonly redelivery: PendingRedelivery;
  readonly files: Pick<StoredFiles, 'get'> | undefined;
  readonly dispatcher: { readonly requeue: Requeue };
};

export type RequeueStuckOptions = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The most tasks to requeue. @default all */
  readonly limit?: number | undefined;
  readonly onProgress?: (result: RequeueStuckResult) => void;
};

export type RequeueStuckResult = {
  readonly total: number;
  readonly restarted: number;
  /** Tasks that started or ended before their turn. */
  readonly movedOn: number;
  readonly errors: readonly { readonly id: string; readonly message: string }[];
};

type Ready = { readonly stuck: StuckTask; readonly requeued: RequeuedTask };
type Outcome = 'restarted' | 'moved-on' | Error;

/**
 * Requeues stuck tasks under their ids. It sends first and records second. A crash in between leaves a
 * task that is found stuck again, with two messages; the claim lets one of them run. The other order
 * could leave a task that counts as requeued but never runs.
 */
export async function requeueStuck(
  query: StuckQuery,
  { limit = Number.POSITIVE_INFINITY, now, onProgress }: RequeueStuckOptions,
  deps: RequeueStuckDeps,
): Promise<RequeueStuckResult> {
  const filter = stuckTasks(query, now);
  let result: RequeueStuckResult = { total: 0, restarted: 0, movedOn: 0, errors: [] };
  for await (const page of stuckPages(deps.log, filter)) {
    const ids = page.slice(0, limit - result.total).map(({ id }) => id);
    const stuck = ids.map((id) => ({ id, since: filter.updatedBefore }));
    result = withPage(result, ids, await requeuePage(stuck, deps));
    onProgress?.(result);
    if (result.total >= limit) break;
  }
  return result;
}

async function requeuePage(page: readonly StuckTask[], deps: RequeueStuckDeps): Promise<Outcome[]> {
  const prepared = await Promise.all(page.map((stuck) => prepare(stuck, deps)));
  const ready = prepared.filter(isReady);
  const answers = await deps.dispatcher.requeue(ready.map(({ requeued }) => requeued));
  const refusals = new Map(ready.map((item, index) => [item, answers[index]]));
  return Promise.all(
    prepared.map(async (item) => {
      if (!isReady(item)) return item;
      const refusal = refusals.get(item);
      if (refusal) return refusal;
      await deps.redelivery.recordRequeue(item.stuck, item.requeued.queue);
      return 'restarted';
    }),
  );
}

async function prepare(stuck: StuckTask, deps: RequeueStuckDeps): Promise<Ready | Outcome> {
  const { redelivery, files } = deps;
  const readiness = await redelivery.prepareRequeue(stuck);
  if (readiness.outcome === 'moved-on') return 'moved-on';
  if (readiness.outcome === 'parameters-lost') return new Error('its parameters are lost');
  const { task } = readiness;
  try {
    const queue = queueNow(readiness, await parametersOf(task, files), deps);
    return { stuck, requeued: { task, queue } };
  } catch (error) {
    return errorOf(error);
  }
}

/**
 * Returns the queue that the task was in if it still exists. Otherwise routes the task again.
 * @throws {TaskNameUnknownError | ParametersInvalidError | ConfigInvalidError}
 */
function queueNow(
  { task: { name }, queue }: RequeuedTask,
  parameters: unknown,
  { config, catalogue }: Pick<RequeueDeps, 'config' | 'catalogue'>,
): string {
  if (config.queues.some((known) => known.name === queue)) return queue;
  const definition = catalogue.get(name);
  return queueFor(definition, parseParameters(definition, parameters), config);
}

const isReady = (item: Ready | Outcome): item is Ready =>
  typeof item === 'object' && !(item instanceof Error);

function withPage(
  before: RequeueStuckResult,
  ids: readonly string[],
  outcomes: readonly Outcome[],
): RequeueStuckResult {
  const count = (outcome: Outcome): number => outcomes.filter((other) => other === outcome).length;
  const errors = outcomes.flatMap((outcome, index) =>
    outcome instanceof Error ? [{ id: ids[index] ?? '', message: outcome.message }] : [],
  );
  return {
    total: before.total + ids.length,
    restarted: before.restarted + count('restarted'),
    movedOn: before.movedOn + count('moved-on'),
    errors: [...before.errors, ...errors],
  };
}
