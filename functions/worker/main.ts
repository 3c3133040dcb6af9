import { writeFileSync } from 'node:fs';
import { workerConfig } from '../../shared/config/worker-config.ts';
import { TaskQueueError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Worker } from '../../shared/worker/worker.ts';
import { SQL_FOR_WORKERS } from '../wiring/extras.ts';
import { createFileStore } from '../wiring/file-store.ts';
import { wire } from '../wiring/wiring.ts';
import { attendToEcs } from './ecs/attend-to-ecs.ts';
import type { Release } from './releasers.ts';
import { runWorker } from './run-worker.ts';

const HEARTBEAT_MS = 2000;

/** The long-running worker: runs until it is stopped, then exits with 0. */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const wiring = wire(env, { createFileStore, ...SQL_FOR_WORKERS });
  const { logger } = wiring;
  const queue = env['WORKER_QUEUE'] || undefined;
  const ecs = attendToEcs(env, logger);
  const heartbeatFile = env['HEARTBEAT_FILE'];
  await runWorker(wiring, {
    configure: (config) => workerConfig(config, { queue }),
    observer: ecs.observer,
    attend: [
      ...(heartbeatFile ? [(worker: Worker) => keepBeating(heartbeatFile, worker, logger)] : []),
      ecs.attend,
    ],
  });
}

/**
 * Shows from outside how the worker is. Alive: each heartbeat renews the file's time, and the health check
 * of the container looks at its age. Ready: the `status` in the file is `working`.
 */
function keepBeating(path: string, worker: Worker, logger: Logger): Release {
  const beat = (): void => {
    try {
      const { mode: status, busySlots } = worker;
      writeFileSync(path, `${JSON.stringify({ status, busySlots, at: new Date() })}\n`);
    } catch (error) {
      logger.warn('heartbeat file could not be written', { path, error });
    }
  };
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  return () => clearInterval(timer);
}

try {
  await main(process.env);
  // The SDK keeps sockets open for reuse, and they would keep the process alive.
  process.exit(0);
} catch (error) {
  if (!(error instanceof TaskQueueError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
