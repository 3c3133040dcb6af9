import type { Broker } from '../../../shared/broker/broker.ts';
import { pause } from '../../../shared/clock.ts';
import type { Moved } from '../../../shared/move/move-tasks.ts';
import { messagesIn } from '../../../shared/move/unserved-tasks.ts';
import { Worker } from '../../../shared/worker/worker.ts';
import type { WorkerObserver } from '../../../shared/worker/worker-observer.ts';
import { loadHandlers, type Wired } from '../kit/connection.ts';

const LOOK_AGAIN_MS = 500;
const POLL_SECONDS = 1;

export type RunHereOptions = {
  readonly queue: string;
  readonly from: Broker;
  /** How long to wait for messages in flight or delayed. */
  readonly waitSeconds: number;
  readonly onMoved: (tasks: number) => void;
};

/**
 * Runs the tasks of a queue that is sync now: such tasks run in the process that enqueues them, and that
 * is this one. If the process dies, the tasks come back as with any worker.
 */
export async function runHere(wiring: Wired, options: RunHereOptions): Promise<Moved> {
  const { queue, from, waitSeconds, onMoved } = options;
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
  const worker = await aWorker(wiring, queue, from, observer);
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
  queue: string,
  from: Broker,
  observer: WorkerObserver,
): Promise<Worker> {
  const { config, dispatcher } = wiring;
  const asConfigured = { name: queue, weight: 1, tier: 0 };
  return new Worker({
    ...wiring,
    config: {
      ...config,
      queues: [{ ...asConfigured, broker: { type: 'sqs', receive: 10 } }],
      worker: { ...config.worker, pollWaitSeconds: POLL_SECONDS },
    },
    brokers: new Map([[queue, from]]),
    handlers: await loadHandlers(wiring.env),
    workerId: `cli-${process.pid}`,
    enqueueMany: (requests) => dispatcher.enqueueMany(requests),
    observer,
  });
}
