import type { Broker } from '../broker/broker.ts';
import type { Clock } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import type { LiveQueue, LiveSettings } from '../control/live-settings.ts';
import type { Logger } from '../logger.ts';
import { Acknowledger } from './acknowledger.ts';
import { QueueFeed } from './queue-feed.ts';
import type { WorkerObserver } from './worker-observer.ts';

/** One queue of a worker: where its tasks come from, and where they are acknowledged. */
export type Source = {
  readonly feed: QueueFeed;
  readonly broker: Broker;
  readonly acks: Acknowledger;
};

type SourceDeps = {
  readonly config: Pick<TaskQueueConfig, 'worker'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observer?: WorkerObserver;
  readonly maxPolls?: number | undefined;
};

/**
 * One for each queue that has a broker here.
 * @param onArrival called whenever a poll has ended, with or without tasks
 */
export const sourcesOf = (
  { queues }: LiveSettings,
  deps: SourceDeps & { readonly brokers: ReadonlyMap<string, Broker> },
  onArrival: () => void,
): ReadonlyMap<string, Source> =>
  new Map(
    [...queues].flatMap(([name, queue]) => {
      const broker = deps.brokers.get(name);
      return broker ? [[name, createSource(queue, broker, deps, onArrival)]] : [];
    }),
  );

function createSource(
  { name, receive }: LiveQueue,
  broker: Broker,
  deps: SourceDeps,
  onArrival: () => void,
): Source {
  const { config, logger, maxPolls } = deps;
  const { pollWaitSeconds: waitSeconds, visibilityTimeoutSeconds: leaseSeconds } = config.worker;
  const options = { name, receive, waitSeconds, leaseSeconds, maxPolls };
  const feed = new QueueFeed(options, broker, deps, onArrival);
  return { feed, broker, acks: new Acknowledger(broker, logger) };
}
