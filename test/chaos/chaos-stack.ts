import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ManagedProcess, ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { RESOURCES_VARIABLE, type Resources } from '../../shared/deployment/resources.ts';
import type { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import type { Logger } from '../../shared/logger.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));

/** Servers, faulty connections in front of them, a dispatcher that goes through these, and workers. */
export interface ChaosStack {
  /** Names of the servers behind the faults, for the output. */
  readonly servers: string;
  /** Where workers write down `effects`, `finishes`, `deaths`. */
  readonly directory: string;
  readonly dispatcher: Dispatcher;
  /** Straight to the server, to count what is true. */
  readonly log: TaskLog;
  /** @param rate of requests that go wrong, 0 to 1 */
  setFaults(rate: number): void;
  breakDown(): Promise<void>;
  restore(): Promise<void>;
  /** By fault, so far. */
  injected(): ReadonlyMap<string, number>;
  /** @param deathRate chance of dying at each step, 0 to 1 */
  startWorker(seed: number, deathRate: number): Promise<ManagedProcess>;
  stop(): Promise<void>;
}

export const WORKER_CONFIG = {
  visibilityTimeoutSeconds: 4,
  pollWaitSeconds: 2,
  shutdownGraceSeconds: 5,
};

const silent = (): void => {};
export const quiet: Logger = { info: silent, warn: silent, error: silent };

/** A directory for what workers write down, and how they are started. */
export async function prepareWorkers(
  processes: ProcessGroup,
  config: TaskQueueConfig,
  { resources, env = {} }: { readonly resources: Resources; readonly env?: NodeJS.ProcessEnv },
): Promise<Pick<ChaosStack, 'directory' | 'startWorker'>> {
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-chaos-'));
  const configPath = join(directory, 'config.json');
  await writeFile(configPath, JSON.stringify(config));
  const startWorker = (seed: number, deathRate: number): Promise<ManagedProcess> =>
    processes.start({
      name: 'a worker',
      command: process.execPath,
      args: [WORKER],
      ready: /worker ready/,
      env: {
        ...process.env,
        ...env,
        [RESOURCES_VARIABLE]: JSON.stringify(resources),
        TASK_QUEUE_CONFIG: configPath,
        CHAOS_DIRECTORY: directory,
        POWERTOOLS_LOG_LEVEL: 'SILENT',
        CHAOS_SEED: String(seed),
        CHAOS_DEATH_RATE: String(deathRate),
      },
    });
  return { directory, startWorker };
}

/** The sum over several connections. */
export function sumOf(
  all: readonly Readonly<Record<string, number>>[],
): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const [fault, count] of all.flatMap((one) => Object.entries(one))) {
    if (count > 0) sum.set(fault, (sum.get(fault) ?? 0) + count);
  }
  return sum;
}
