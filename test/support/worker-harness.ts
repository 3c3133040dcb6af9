import { vi } from 'vitest';
import * as z from 'zod';
import { pause, systemClock } from '../../shared/clock.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import type { EnqueueMany } from '../../shared/dispatcher/enqueue-request.ts';
import { newTaskId } from '../../shared/ids.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { encodeTask } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import {
  defineTask,
  type Handle,
  type TaskHandler,
  type TaskOptions,
  taskCatalogue,
} from '../../shared/task/task-definition.ts';
import type { TaskRecord } from '../../shared/task-log/task-log.ts';
import { Worker, type WorkerDeps } from '../../shared/worker/worker.ts';
import { aTask } from './a-task.ts';
import { LatentBroker } from './latent-broker.ts';
import { quietLogger } from './quiet-logger.ts';

const PARAMETERS = z.looseObject({});
type Options = Partial<TaskOptions<typeof PARAMETERS>>;

export const THREE_QUEUES = { priority: 90, standard: 30, background: 10 };

export type HarnessOptions = {
  /** Name → weight. */
  readonly queues?: Record<string, number>;
  readonly strategy?: string;
  readonly worker?: Record<string, number | boolean>;
  readonly roundTripMs?: number;
  /** Brokers that take a thousand messages at once and hand out 500, as PostgreSQL does. */
  readonly hasLargeBatches?: boolean;
};

/** Workers over memory adapters. With fake timers, hours of their work take seconds. */
export function workerHarness(options: HarnessOptions = {}) {
  const { queues = { main: 1 }, strategy = 'weighted', worker = {}, roundTripMs = 10 } = options;
  const { hasLargeBatches = false } = options;
  const config = parseConfig(
    {
      strategy,
      worker,
      queues: Object.entries(queues).map(([name, weight]) => ({
        name,
        weight,
        broker: hasLargeBatches ? { type: 'postgres', persistence: 'default' } : { type: 'sqs' },
      })),
    },
    'of a test',
    'any',
  );
  const maxBatch = hasLargeBatches ? 1000 : 10;
  const brokers = new Map(
    Object.keys(queues).map((name) => [name, new LatentBroker(roundTripMs, maxBatch)]),
  );
  const files = new MemoryFileStore();
  const log = new MemoryTaskLog(systemClock, files);
  const logger = quietLogger();
  const handlers = new Map<string, TaskHandler>();
  const started: { queue: string; taskId: string; at: number }[] = [];

  const brokerOf = (queue: string): LatentBroker => {
    const broker = brokers.get(queue);
    if (!broker) throw new Error(`no queue ${queue}`);
    return broker;
  };

  /** Registers a task of this name; every start of it is noted in `started`. */
  const handle = (name: string, run: Handle<typeof PARAMETERS>, more: Options = {}): void => {
    const definition = defineTask({ parameters: PARAMETERS, ...more, name });
    handlers.set(
      name,
      definition.handledBy(async (call) => {
        const { taskId } = call.context;
        const queue = (await log.getSummary(taskId))?.queue ?? '';
        started.push({ queue, taskId, at: Date.now() });
        return (await run(call)) ?? undefined;
      }),
    );
  };

  /** A task that takes this long and minds its signal. */
  const handleIn = (name: string, milliseconds: number, more: Options = {}): void =>
    handle(
      name,
      async ({ context }) => {
        await pause(milliseconds, context.signal);
        context.signal.throwIfAborted();
        return Report.success(`took ${milliseconds} ms`);
      },
      more,
    );

  const enqueue = async (
    queue: string,
    name: string,
    count = 1,
    changes: Partial<Task> = {},
  ): Promise<string[]> => {
    const tasks = Array.from({ length: count }, () =>
      aTask({ id: newTaskId(), name, parameters: {}, ...changes }),
    );
    for (const task of tasks) await log.recordEnqueued(task, queue);
    await brokerOf(queue).publish(tasks.map((task) => ({ body: encodeTask(task) })));
    return tasks.map(({ id }) => id);
  };

  const enqueueMany: EnqueueMany = (requests) => {
    const catalogue = taskCatalogue([...handlers.values()].map(({ definition }) => definition));
    return new Dispatcher({ config, catalogue, brokers, log, logger }).enqueueMany(requests);
  };

  const startWorker = (
    workerId = 'worker-1',
    more: Partial<WorkerDeps> = {},
  ): { worker: Worker; ended: Promise<void> } => {
    const deps = { config, brokers, log, fileStore: files, logger, handlers, workerId };
    const created = new Worker({ ...deps, enqueueMany, ...more });
    return { worker: created, ended: created.run() };
  };

  const record = async (taskId: string): Promise<TaskRecord> => {
    const found = await log.get(taskId);
    if (!found) throw new Error(`no task ${taskId}`);
    return found;
  };

  return {
    config,
    brokerOf,
    log,
    files,
    logger,
    started,
    handle,
    handleIn,
    enqueue,
    startWorker,
    record,
  };
}

/** How often each queue was served, as a share of all. */
export function sharesOf(started: readonly { queue: string }[]): Record<string, number> {
  const byQueue = Map.groupBy(started, ({ queue }) => queue);
  return Object.fromEntries(
    [...byQueue].map(([queue, tasks]) => [queue, tasks.length / started.length]),
  );
}

/** Ends a worker of virtual time: long enough for its last poll and its tasks in hand. */
export async function drained(worker: Worker, ended: Promise<void>): Promise<void> {
  worker.drain();
  await vi.advanceTimersByTimeAsync(30_000);
  await ended;
}
