import * as z from 'zod';
import type { Broker } from '../../../../shared/broker/broker.ts';
import type { TaskQueueConfig } from '../../../../shared/config/config.ts';
import {
  type Arrival,
  countsPerTask,
  type QueueCounts,
  type TaskCounts,
} from '../../../../shared/cost/task-cost.ts';
import { Dispatcher } from '../../../../shared/dispatcher/dispatcher.ts';
import type { EnqueueRequest } from '../../../../shared/dispatcher/enqueue-request.ts';
import { prepareTask } from '../../../../shared/dispatcher/prepare-task.ts';
import type { Logger } from '../../../../shared/logger.ts';
import { messagesIn } from '../../../../shared/move/move-tasks.ts';
import { Report } from '../../../../shared/report/report.ts';
import { encodeTask } from '../../../../shared/task/message.ts';
import { defineTask, taskCatalogue } from '../../../../shared/task/task-definition.ts';
import { createSyncRunner } from '../../../../shared/worker/inline-runner.ts';
import { QueueStats } from '../../../../shared/worker/queue-stats.ts';
import { Worker } from '../../../../shared/worker/worker.ts';
import { startScratchServers } from '../../../dev/servers/local-servers.ts';
import { createFileStore } from '../../../wiring/file-store.ts';
import { meterS3 } from '../../../wiring/usage-meter.ts';
import { type Wiring, wire } from '../../../wiring/wiring.ts';
import type { CommandRun, Host } from '../../host.ts';

/** Counts the tasks of every queue, on emulators that run for as long as it takes. */
export async function countOnEmulators(
  config: TaskQueueConfig,
  options: Omit<CountOptions, 'config' | 'deploy'>,
): Promise<QueueCounts[]> {
  const { deploy, stop } = await startScratchServers();
  try {
    return await countTasks({ ...options, config, deploy });
  } finally {
    await stop();
  }
}

export type CountOptions = {
  readonly config: TaskQueueConfig;
  /** Tasks per queue, 1 or more. */
  readonly tasks: number;
  /** Tasks per enqueue request, 1 to 100. */
  readonly batch: number;
  /** Size of the parameters as JSON. */
  readonly payloadBytes: number;
  /** 0: the tasks store no file. */
  readonly fileBytes: number;
  readonly owner: string | undefined;
  /** Creates resources for a configuration with one queue. @returns the variables that lead to them */
  readonly deploy: (config: TaskQueueConfig) => Promise<NodeJS.ProcessEnv>;
  /** Takes errors, and what closes connections. */
  readonly run: CommandRun;
  /** Called twice for each queue. */
  readonly onProgress?: () => void;
};

/** Enqueuing one by one takes longer and gives the same numbers each time. */
const MOST_SINGLE = 20;
const WORKER_ID = 'counting';
/** The size of `{"data":""}`. */
const EMPTY_BYTES = 11;

/**
 * Counts the AWS requests of tasks in every queue. Runs empty tasks through the real dispatcher, broker and
 * worker. Each queue has its own resources.
 */
const countTasks = (options: CountOptions): Promise<QueueCounts[]> =>
  Promise.all(
    options.config.queues.map(async (queue) => {
      const config = alone(options.config, queue);
      const count = async (arrival: Arrival, tasks: number): Promise<TaskCounts> => {
        const found = await countOne({ ...options, config, tasks }, arrival);
        options.onProgress?.();
        return found;
      };
      return {
        queue: queue.name,
        broker: queue.broker.type,
        burst: await count('burst', options.tasks),
        single: await count('single', Math.min(options.tasks, MOST_SINGLE)),
      };
    }),
  );

/** The configuration with only this queue, and with short polls. */
function alone(config: TaskQueueConfig, queue: TaskQueueConfig['queues'][number]): TaskQueueConfig {
  const { minSlots: _min, maxSlots: _max, ...rest } = queue;
  const { defaultQueue: _default, ...others } = config;
  return {
    ...others,
    queues: [rest],
    taskQueues: {},
    worker: { ...config.worker, lanes: false, pollWaitSeconds: 1 },
  };
}

async function countOne(options: CountOptions, arrival: Arrival): Promise<TaskCounts> {
  const env = await options.deploy(options.config);
  const s3Requests: Record<string, number> = {};
  const wiring = wire(env, {
    logger: onlyErrors(options.run.host),
    opened: options.run.opened,
    createFileStore: (bucket, access, opened) =>
      createFileStore(bucket, access, opened, meterS3(s3Requests)),
  });
  const parts = partsOf(wiring, options);
  const emptyPolls = await runAll(parts, options, arrival);
  const isOnSqs = options.config.queues.some(({ broker }) => broker.type === 'sqs');
  const usage = { ...wiring.usage, s3Requests, emptyReceives: isOnSqs ? emptyPolls : 0 };
  return countsPerTask(usage, options.tasks, parts.messageBytes);
}

type Parts = ReturnType<typeof partsOf>;

/** The dispatcher and the worker of an empty task. */
function partsOf(wiring: Wiring, { config, payloadBytes, fileBytes, owner }: CountOptions) {
  const { brokers, log, files, logger } = wiring;
  const definition = defineTask({ name: 'counted', parameters: z.object({ data: z.string() }) });
  const handler = definition.handledBy(async ({ context }) => {
    if (fileBytes > 0) {
      await context.storeFile({ name: 'counted.bin', content: Buffer.alloc(fileBytes) });
    }
    return Report.success('Done');
  });
  const handlers = new Map([[definition.name, handler]]);
  const catalogue = taskCatalogue([definition]);
  const stats = new QueueStats();
  const running = { ...wiring, handlers, workerId: WORKER_ID, observer: stats };
  const runSync = createSyncRunner(running);
  const deps = { config, catalogue, brokers, log, logger, payloads: files, runSync };
  const request: EnqueueRequest = {
    name: definition.name,
    parameters: { data: 'x'.repeat(Math.max(0, payloadBytes - EMPTY_BYTES)) },
    owner,
  };
  const { task, fits } = prepareTask(request, deps);
  return {
    request,
    stats,
    usage: wiring.usage,
    brokers,
    dispatcher: new Dispatcher(deps),
    worker: new Worker({ ...running, config }),
    // Larger parameters are in the file store, and the message only points to them.
    messageBytes: fits ? Buffer.byteLength(encodeTask(task)) : 0,
  };
}

/** @returns the number of empty polls */
async function runAll(parts: Parts, options: CountOptions, arrival: Arrival): Promise<number> {
  const { dispatcher, worker, stats } = parts;
  if (dispatcher.isSync) {
    await enqueueAll(parts, options, arrival === 'burst' ? options.batch : 1);
    return 0;
  }
  if (arrival === 'burst') await enqueueAll(parts, options, options.batch);
  const running = worker.run();
  if (arrival === 'single') await enqueueOneByOne(parts, options.tasks);
  const totals = { ended: 0, emptyReceives: 0 };
  const look = (): void => {
    for (const interval of stats.drain().values()) {
      totals.ended += interval.finished;
      totals.emptyReceives += interval.emptyReceives;
    }
  };
  await until(() => {
    look();
    return totals.ended >= options.tasks;
  });
  worker.drain();
  await running;
  look();
  return totals.emptyReceives;
}

async function enqueueAll(parts: Parts, { tasks }: CountOptions, batch: number): Promise<void> {
  for (let start = 0; start < tasks; start += batch) {
    await enqueueSome(parts, Math.min(batch, tasks - start));
  }
}

/** Enqueues each task after the message of the previous one is deleted. */
async function enqueueOneByOne(parts: Parts, tasks: number): Promise<void> {
  const [database] = [...parts.brokers.values()].filter(({ system }) => system === 'postgresql');
  const isEmpty = async (broker: Broker): Promise<boolean> =>
    messagesIn(await broker.depth()) === 0;
  const deletes = (): number => parts.usage.sqsRequests['DeleteMessageBatch'] ?? 0;
  for (let done = 0; done < tasks; done++) {
    await enqueueSome(parts, 1);
    // A request to SQS would be counted.
    await until(() => (database ? isEmpty(database) : deletes() > done));
  }
}

async function enqueueSome({ dispatcher, request }: Parts, count: number): Promise<void> {
  const answers = await dispatcher.enqueueMany(Array.from({ length: count }, () => request));
  const refusal = answers.find((answer) => answer instanceof Error);
  if (refusal) throw refusal;
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const onlyErrors = ({ stderr }: Host): Logger => ({
  info: () => undefined,
  warn: () => undefined,
  error: (message) => stderr.write(`${message}\n`),
});
