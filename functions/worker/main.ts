import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { SettingsWatch } from '../../shared/control/settings-watch.ts';
import { TaskQueueError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { handlers } from '../tasks/handlers.ts';
import { wire } from '../wiring.ts';
import { followConfigFile } from './follow-config-file.ts';
import { beat } from './heartbeat-file.ts';
import { ScaleInProtection } from './scale-in-protection.ts';
import { obeySignals } from './signals.ts';

const WATCH_INTERVAL_MS = 2000;

/** The long-running worker: runs until it is told to stop, then ends with 0. */
async function main(): Promise<void> {
  const { config, brokers, log, control, dispatcher, logger, usage } = wire(process.env);
  if (dispatcher.isSync) {
    logger.info('No worker is needed: every queue is sync, its tasks run where they are enqueued.');
    return;
  }
  const workerId = `${hostname()}-${process.pid}-${randomUUID().slice(0, 4)}`;
  const worker = new Worker({
    config,
    brokers,
    log,
    logger,
    workerId,
    handlers: new Map(handlers.map((handler) => [handler.definition.name, handler])),
  });
  obeySignals(worker, logger);
  const settings = new SettingsWatch({
    config,
    logger,
    store: control,
    apply: (changed) => worker.apply(changed),
  });
  const unfollow = followConfigFile(
    process.env['TASK_QUEUE_CONFIG'],
    (edited) => settings.reconfigure(edited),
    logger,
  );
  // Before the first poll: a worker that starts while all is paused must not take a task.
  await settings.start();
  const running = worker.run();
  const stopWatching = watch(worker, logger);
  logger.info('worker ready', { workerId, queues: config.queues.map(({ name }) => name) });
  await running;
  settings.stop();
  unfollow();
  await stopWatching();
  logger.info('worker stopped', { workerId, usage });
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
