import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { LiveSettings } from '../../shared/control/live-settings.ts';
import { SettingsWatch } from '../../shared/control/settings-watch.ts';
import { SchemaMismatchError, TaskQueueError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { QueueStats } from '../../shared/worker/queue-stats.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { createFileStore } from '../file-store.ts';
import { followConfigFile } from '../follow-config-file.ts';
import { createSqlBrokers } from '../sql-wiring.ts';
import { handlers } from '../tasks/handlers.ts';
import { EmfMetrics } from '../telemetry/emf-metrics.ts';
import { startTracing } from '../telemetry/start-tracing.ts';
import { type Wiring, wire } from '../wiring.ts';
import { beat } from './heartbeat-file.ts';
import { ScaleInProtection } from './scale-in-protection.ts';
import { obeySignals } from './signals.ts';

const WATCH_INTERVAL_MS = 2000;

/** The long-running worker: runs until it is told to stop, then ends with 0. */
async function main(): Promise<void> {
  const wiring = wire(process.env, { createFileStore, createSqlBrokers });
  const { config, dispatcher, logger, usage, requestsTo } = wiring;
  if (dispatcher.isSync) {
    logger.info('No worker is needed: every queue is sync, its tasks run where they are enqueued.');
    return;
  }
  await assertSchemas(wiring);
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 4)}`;
  const stopTracing = await startTracing(process.env, logger);
  const stats = new QueueStats();
  const worker = new Worker({
    ...wiring,
    workerId,
    enqueueMany: (requests) => dispatcher.enqueueMany(requests),
    observer: stats,
    handlers: new Map(handlers.map((handler) => [handler.definition.name, handler])),
  });
  const metrics = new EmfMetrics({ stats, requestsTo, status: () => worker.status() });
  obeySignals(worker, logger);
  // Before the first poll: a worker that starts while all is paused must not take a task.
  const stopFollowing = await followSettings(worker, wiring);
  const running = worker.run();
  const stopWatching = watch(worker, logger);
  metrics.start();
  logger.info('worker ready', { workerId, queues: config.queues.map(({ name }) => name) });
  await running;
  stopFollowing();
  metrics.stop();
  await Promise.all([stopWatching(), stopTracing()]);
  logger.info('worker stopped', { workerId, usage });
}

/**
 * A database that is away is waited for, while the other queues are served. One with another schema
 * is not: whoever looks why the worker has ended is told.
 * @throws {SchemaMismatchError}
 */
async function assertSchemas({ brokers }: Wiring): Promise<void> {
  const onSql = [...brokers.values()].filter(({ system }) => system === 'postgresql');
  const looks = await Promise.allSettled(onSql.map((broker) => broker.depth()));
  for (const look of looks) {
    if (look.status === 'rejected' && look.reason instanceof SchemaMismatchError) throw look.reason;
  }
}

/** Has the worker follow the control record and, where there is one, the configuration file. */
async function followSettings(worker: Worker, wiring: Wiring): Promise<() => void> {
  const { control: store, config, logger } = wiring;
  const apply = (settings: LiveSettings): void => worker.apply(settings);
  const settings = new SettingsWatch({ store, config, logger, apply });
  // On AWS there is none: the configuration is bundled.
  const path = process.env['TASK_QUEUE_CONFIG'];
  const unfollow =
    path &&
    followConfigFile(
      path,
      (edited) => settings.reconfigure(edited),
      (error) => logger.error('the edited configuration is not used', { error }),
    );
  await settings.start();
  return () => {
    settings.stop();
    if (unfollow) unfollow();
  };
}

/** Tells ECS, every few seconds, that the worker is alive and whether it may be stopped. */
function watch(worker: Worker, logger: Logger): () => Promise<void> {
  const protection = new ScaleInProtection(process.env['ECS_AGENT_URI'], logger);
  const heartbeatFile = process.env['HEARTBEAT_FILE'];
  const look = (): void => {
    if (heartbeatFile !== undefined) beat(heartbeatFile, worker, logger);
    void protection.update(worker.busySlots > 0);
  };
  look();
  const timer = setInterval(look, WATCH_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    return protection.update(false);
  };
}

try {
  await main();
  // Sockets of the SDK stay open for reuse and would keep the process alive.
  process.exit(0);
} catch (error) {
  if (!(error instanceof TaskQueueError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
