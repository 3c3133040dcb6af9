import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { TaskQueueError } from '../../shared/errors.ts';
import { Worker } from '../../shared/worker/worker.ts';
import { handlers } from '../tasks/handlers.ts';
import { wire } from '../wiring.ts';
import { obeySignals } from './signals.ts';

/** The long-running worker: runs until it is told to stop, then ends with 0. */
async function main(): Promise<void> {
  const { config, brokers, log, dispatcher, logger, usage } = wire(process.env);
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
  const running = worker.run();
  logger.info('worker ready', { workerId, queues: config.queues.map(({ name }) => name) });
  await running;
  logger.info('worker stopped', { workerId, usage });
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
