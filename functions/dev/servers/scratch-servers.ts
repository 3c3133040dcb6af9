import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { persistencesOf, type TaskQueueConfig } from '../../../shared/config/config.ts';
import { RESOURCES_VARIABLE } from '../../../shared/deployment/resources-variable.ts';
import { createLocalResources } from '../../wiring/local-resources.ts';
import { migrateDatabase } from '../../wiring/postgres.ts';
import { emulatorClients } from '../local-stack.ts';
import { emulatorEnvironment, SQS_SERVER, startEmulators } from './emulators.ts';
import { startPostgres } from './postgres-server.ts';
import { ProcessGroup } from './process-group.ts';

/** Temporary emulators that leave nothing behind. */
export type ScratchServers = {
  /** Creates queues, a table, a bucket, and a database if needed. @returns the variables to reach them */
  deploy(config: TaskQueueConfig): Promise<NodeJS.ProcessEnv>;
  stop(): Promise<void>;
};

/** @throws one sentence where there are no emulators */
export async function startScratchServers(): Promise<ScratchServers> {
  if (!existsSync(SQS_SERVER)) {
    throw new Error('The emulators are in the repository of the task queue, not in this bundle.');
  }
  const processes = new ProcessGroup();
  const directory = await mkdtemp(join(tmpdir(), 'task-queue-'));
  const stopObeying = endWithout(directory);
  const stop = async (): Promise<void> => {
    await processes.stopAll();
    stopObeying();
    await rm(directory, { recursive: true });
  };
  try {
    const endpoints = await startEmulators(processes);
    let database: Promise<string> | undefined;
    const databaseFor = (config: TaskQueueConfig): Promise<string> | undefined => {
      if (persistencesOf(config).length === 0) return undefined;
      database ??= startDatabase(processes);
      return database;
    };
    let deployments = 0;
    const deploy = async (config: TaskQueueConfig): Promise<NodeJS.ProcessEnv> => {
      const prefix = `scratch${++deployments}-`;
      const resources = await createLocalResources(config, {
        ...emulatorClients(endpoints),
        prefix,
        databaseUrl: await databaseFor(config),
      });
      const configPath = join(directory, `${prefix}config.json`);
      await writeFile(configPath, JSON.stringify(config));
      return {
        ...emulatorEnvironment(endpoints),
        [RESOURCES_VARIABLE]: JSON.stringify(resources),
        TASK_QUEUE_CONFIG: configPath,
      };
    };
    return { deploy, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Never uses DATABASE_URL: data would stay in that database. */
async function startDatabase(processes: ProcessGroup): Promise<string> {
  const { url } = await startPostgres(processes);
  await migrateDatabase({ url });
  return url;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Removes the directory when a signal ends this process. Its emulators end with it. */
function endWithout(directory: string): () => void {
  const end = (_signal: NodeJS.Signals, value: number): never => {
    rmSync(directory, { recursive: true, force: true });
    // The exit code that shells use.
    process.exit(128 + value);
  };
  for (const signal of SIGNALS) process.once(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}
