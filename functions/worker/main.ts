import { workerConfig } from '../../shared/config/worker-config.ts';
import { TaskQueueError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Worker } from '../../shared/worker/worker.ts';
import { createFileStore } from '../file-store.ts';
import { runWorker } from '../run-worker.ts';
import { SQL_OF_WORKERS } from '../sql-extras.ts';
import { wire } from '../wiring.ts';
import { beat } from './heartbeat-file.ts';
import { ScaleInProtection } from './scale-in-protection.ts';

const WATCH_INTERVAL_MS = 2000;

/** The long-running worker: runs until it is told to stop, then ends with 0. */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const wiring = wire(env, { createFileStore, ...SQL_OF_WORKERS });
  const queue = env['WORKER_QUEUE'] || undefined;
  await runWorker(wiring, {
    configure: (config) => workerConfig(config, { queue }),
    attend: (worker) => watch(worker, wiring.logger, env),
  });
}

/** Tells ECS, every few seconds, that the worker is alive and whether it may be stopped. */
function watch(worker: Worker, logger: Logger, env: NodeJS.ProcessEnv): () => Promise<void> {
  const protection = new ScaleInProtection(env['ECS_AGENT_URI'], logger);
  const heartbeatFile = env['HEARTBEAT_FILE'];
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
  await main(process.env);
  // Sockets of the SDK stay open for reuse and would keep the process alive.
  process.exit(0);
} catch (error) {
  if (!(error instanceof TaskQueueError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
