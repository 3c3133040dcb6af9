import { workerConfig } from '../../shared/config/worker-config.ts';
import { TaskQueueError } from '../../shared/errors.ts';
import { createFileStore } from '../wiring/file-store.ts';
import { SQL_OF_WORKERS } from '../wiring/postgres-extras.ts';
import { wire } from '../wiring/wiring.ts';
import { attendToEcs } from './ecs/attend-to-ecs.ts';
import { keepBeating } from './heartbeat-file.ts';
import { runWorker } from './run-worker.ts';

/** The long-running worker: runs until it is told to stop, then ends with 0. */
async function main(env: NodeJS.ProcessEnv): Promise<void> {
  const wiring = wire(env, { createFileStore, ...SQL_OF_WORKERS });
  const { logger } = wiring;
  const queue = env['WORKER_QUEUE'] || undefined;
  const ecs = attendToEcs(env, logger);
  const heartbeatFile = env['HEARTBEAT_FILE'];
  await runWorker(wiring, {
    configure: (config) => workerConfig(config, { queue }),
    observer: ecs.observer,
    attend: (worker, config) => {
      const stopBeating = heartbeatFile && keepBeating(heartbeatFile, worker, logger);
      const stopAttending = ecs.attend(worker, config);
      return () => {
        if (stopBeating) stopBeating();
        return stopAttending();
      };
    },
  });
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
