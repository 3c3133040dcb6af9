import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { handlers as ownHandlers } from '#tasks/handlers';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import type { LiveSettings } from '../../shared/control/live-settings.ts';
import { SettingsWatch } from '../../shared/control/settings-watch.ts';
import { SchemaMismatchError } from '../../shared/errors.ts';
import type { TaskHandler } from '../../shared/task/task-definition.ts';
import { type QueueInterval, QueueStats } from '../../shared/worker/queue-stats.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { toAll, type WorkerObserver } from '../../shared/worker/worker-observer.ts';
import { DemandMetrics } from '../telemetry/demand-metrics.ts';
import { EmfMetrics } from '../telemetry/emf-metrics.ts';
import { startTracing } from '../telemetry/start-tracing.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { keepRemoving } from './retention.ts';
import { followConfigFile } from './settings-file.ts';
import { obeySignals } from './signals.ts';

export type WorkerOptions = {
  /** What this worker makes of the configuration, and of each edit of its file. @default all of it */
  readonly configure?: (config: TaskQueueConfig) => TaskQueueConfig;
  /** Polls of each queue in all; then it ends. @default no limit */
  readonly maxPolls?: number | undefined;
  /** @default those of functions/tasks */
  readonly handlers?: readonly TaskHandler[];
  readonly observer?: WorkerObserver;
  /** Begun just before the worker works. Returns what ends it. */
  readonly attend?: (worker: Worker, config: TaskQueueConfig) => () => void | Promise<void>;
};

/**
 * Runs a worker until it is told to stop, or has made all its polls. For whichever process is one.
 * @throws {ConfigInvalidError}
 */
export async function runWorker(wiring: Wiring, options: WorkerOptions = {}): Promise<void> {
  const { access, dispatcher, logger, usage, requestsTo, removeExpired } = wiring;
  const { configure = (config) => config, handlers = ownHandlers, maxPolls } = options;
  const config = configure(wiring.config);
  if (config.queues.every(({ broker }) => broker.type === 'memory')) {
    logger.info(
      'No worker is needed: every queue to serve is sync, and runs where it is enqueued.',
    );
    return;
  }
  await assertSchemas(wiring);
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 4)}`;
  const stopTracing = await startTracing(process.env, logger, access);
  const stats = new QueueStats();
  const worker = new Worker({
    ...wiring,
    config,
    workerId,
    maxPolls,
    enqueueMany: (requests) => dispatcher.enqueueMany(requests),
    observer: options.observer ? toAll([stats, options.observer]) : stats,
    handlers: new Map(handlers.map((handler) => [handler.definition.name, handler])),
  });
  const status = () => worker.status();
  const demand = new DemandMetrics({
    brokers: wiring.brokers,
    logger,
    status,
    slots: () => worker.slots,
  });
  const onMinute = (minute: ReadonlyMap<string, QueueInterval>) => void demand.write(minute);
  const metrics = new EmfMetrics({ stats, requestsTo, status, onMinute });
  obeySignals(worker, logger);
  // Before the first poll: a worker that starts while all is paused must not take a task.
  const stopFollowing = await followSettings(worker, { ...wiring, config }, configure);
  const stopRemoving = removeExpired && keepRemoving(removeExpired, logger);
  const stopAttending = options.attend?.(worker, config);
  const running = worker.run();
  metrics.start();
  logger.info('worker ready', { workerId, queues: config.queues.map(({ name }) => name) });
  await running;
  stopFollowing();
  stopRemoving?.();
  metrics.stop();
  await Promise.all([stopAttending?.(), stopTracing()]);
  logger.info('worker stopped', { workerId, usage });
}

/**
 * A database that is away is waited for, while the other queues are served. One with another schema
 * is not: whoever looks why the worker has ended is told.
 * @throws {SchemaMismatchError}
 */
async function assertSchemas({ brokers, control, removeExpired }: Wiring): Promise<void> {
  const queues = [...brokers.values()].filter(({ system }) => system === 'postgresql');
  const log = removeExpired ? [control] : [];
  const looks = await Promise.allSettled([
    ...queues.map((broker) => broker.depth()),
    ...log.map((store) => store.read()),
  ]);
  for (const look of looks) {
    if (look.status === 'rejected' && look.reason instanceof SchemaMismatchError) throw look.reason;
  }
}

/** Has the worker follow the control record and, where there is one, the configuration file. */
async function followSettings(
  worker: Worker,
  { control: store, config, logger }: Wiring,
  configure: (config: TaskQueueConfig) => TaskQueueConfig,
): Promise<() => void> {
  const apply = (settings: LiveSettings): void => worker.apply(settings);
  const settings = new SettingsWatch({ store, config, logger, apply });
  // On AWS there is none: the configuration is bundled.
  const path = process.env['TASK_QUEUE_CONFIG'];
  const unfollow =
    path &&
    followConfigFile(
      path,
      (edited) => settings.reconfigure(configure(edited)),
      (error) => logger.error('the edited configuration is not used', { error }),
    );
  await settings.start();
  return () => {
    settings.stop();
    if (unfollow) unfollow();
  };
}
