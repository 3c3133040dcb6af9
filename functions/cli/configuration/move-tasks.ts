import type { Broker } from '../../../shared/broker/broker.ts';
import { pause } from '../../../shared/clock.ts';
import { queueFor } from '../../../shared/dispatcher/prepare-task.ts';
import { BrokerUnavailableError } from '../../../shared/errors.ts';
import {
  type Moved,
  messagesIn,
  moveTasks,
  type UnservedTasks,
} from '../../../shared/move/move-tasks.ts';
import { decodeTask } from '../../../shared/task/message.ts';
import { Worker } from '../../../shared/worker/worker.ts';
import type { WorkerObserver } from '../../../shared/worker/worker-observer.ts';
import type { Wiring } from '../../wiring/wiring.ts';
import type { Cli } from '../cli.ts';
import type { Host } from '../host.ts';
import { loadHandlers, type Wired } from '../kit/connection.ts';
import { startProgress } from '../terminal/progress.ts';

/** The outcome for the tasks of one queue. */
export type MovedTasks = Moved & {
  readonly queue: string;
  /** They ran here and were not moved. */
  readonly wereRun: boolean;
};

/** The messages of a dead worker come back after the visibility timeout, plus this margin. */
const MARGIN_SECONDS = 5;
const POLL_SECONDS = 2;

/**
 * Moves tasks from queues without a worker to the queues of the configuration: to the queue of the same
 * name, else to the one of their task name. Tasks of a sync queue run here.
 */
export async function moveUnserved(
  wiring: Wired,
  unserved: readonly UnservedTasks[],
  cli: Cli,
): Promise<MovedTasks[]> {
  const moved: MovedTasks[] = [];
  for (const { queue, depth, broker: from } of unserved) {
    const progress = startProgress(cli, messagesIn(depth));
    const { visibilityTimeoutSeconds: leaseSeconds } = wiring.config.worker;
    const waitSeconds = leaseSeconds + MARGIN_SECONDS;
    const onMoved = (tasks: number) => progress.update(tasks, `${queue}: ${tasks} moved`);
    const how = { from, waitSeconds, onMoved };
    const wereRun = belongsHere(queue, wiring);
    const result = wereRun
      ? await runHere(wiring, { ...how, queue, host: cli.host })
      : await moveTasks({
          ...how,
          leaseSeconds,
          pollSeconds: POLL_SECONDS,
          targetOf: (body) => targetOf(body, queue, wiring),
        });
    progress.end();
    moved.push({ queue, wereRun, ...result });
  }
  return moved;
}

/** Tasks of a removed queue run here only if all other queues are sync. */
const belongsHere = (queue: string, { config, dispatcher }: Wiring): boolean =>
  config.queues.some(({ name }) => name === queue)
    ? dispatcher.isSyncQueue(queue)
    : dispatcher.isSync;

function targetOf(body: string, from: string, { config, brokers, ...wiring }: Wiring): Broker {
  const { dispatcher } = wiring;
  const lasting = config.queues
    .map(({ name }) => name)
    .filter((name) => !dispatcher.isSyncQueue(name));
  const wanted = lasting.includes(from) ? from : routeOf(body, { config, ...wiring });
  const target = wanted !== undefined && lasting.includes(wanted) ? wanted : lasting[0];
  const broker = brokers.get(target ?? '');
  if (!broker) throw new BrokerUnavailableError(target ?? from, 'it has no broker in this process');
  return broker;
}

/** A message that is not a known task goes to the default queue, where a worker reports it. */
function routeOf(
  body: string,
  { config, catalogue }: Pick<Wiring, 'config' | 'catalogue'>,
): string | undefined {
  try {
    const { name, parameters } = decodeTask(body);
    return queueFor(catalogue.get(name), parameters, config);
  } catch {
    return config.defaultQueue;
  }
}

const LOOK_AGAIN_MS = 500;
const SHORT_POLL_SECONDS = 1;

type RunHereOptions = {
  readonly queue: string;
  readonly from: Broker;
  /** How long to wait for messages in flight or delayed. */
  readonly waitSeconds: number;
  readonly onMoved: (tasks: number) => void;
  readonly host: Host;
};

/**
 * Runs the tasks of a queue that is sync now: such tasks run in the process that enqueues them, and that
 * is this one. If the process dies, the tasks come back as with any worker.
 */
async function runHere(wiring: Wired, options: RunHereOptions): Promise<Moved> {
  const { from, waitSeconds, onMoved } = options;
  let tasks = 0;
  let changedAt = Date.now();
  const observer: WorkerObserver = {
    polled: () => undefined,
    picked: () => undefined,
    ended: () => {
      tasks += 1;
      changedAt = Date.now();
      onMoved(tasks);
    },
  };
  const worker = await aWorker(wiring, options, observer);
  const running = worker.run();
  try {
    for (;;) {
      await pause(LOOK_AGAIN_MS);
      const left = await from.depth();
      const isBusy = worker.status().some((status) => status.running + status.buffered > 0);
      const isWaitedFor = Date.now() - changedAt < waitSeconds * 1000;
      if (!isBusy && (messagesIn(left) === 0 || !isWaitedFor)) return { tasks, left };
    }
  } finally {
    worker.drain();
    await running;
  }
}

async function aWorker(
  wiring: Wired,
  { queue, from, host }: RunHereOptions,
  observer: WorkerObserver,
): Promise<Worker> {
  const { config, dispatcher } = wiring;
  const asConfigured = { name: queue, weight: 1, tier: 0 };
  return new Worker({
    ...wiring,
    config: {
      ...config,
      queues: [{ ...asConfigured, broker: { type: 'sqs', receive: 10 } }],
      worker: { ...config.worker, pollWaitSeconds: SHORT_POLL_SECONDS },
    },
    brokers: new Map([[queue, from]]),
    handlers: await loadHandlers(wiring.env, host),
    workerId: `cli-${host.pid}`,
    enqueueMany: (requests) => dispatcher.enqueueMany(requests),
    observer,
  });
}
