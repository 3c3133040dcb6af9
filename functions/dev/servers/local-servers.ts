import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { persistencesOf, type TaskQueueConfig } from '../../../shared/config/config.ts';
import { RESOURCES_VARIABLE } from '../../../shared/deployment/stack-outputs.ts';
import { createLocalResources } from '../../wiring/local-resources.ts';
import { migrateDatabase } from '../../wiring/postgres.ts';
import { type Endpoints, emulatorEnvironment, SQS_SERVER, startEmulators } from './emulators.ts';
import { openPostgres } from './postgres-server.ts';
import { ProcessGroup } from './process-group.ts';

export type LocalServersOptions = {
  /** Whether tables have streams. @default false */
  readonly withStreams?: boolean;
  /** Its `DATABASE_URL` is used instead of a new PostgreSQL server. @default {} */
  readonly env?: NodeJS.ProcessEnv;
};

/** Parts that one configuration got. */
export type LocalResources = {
  /** The variables with which a process reaches the resources. */
  readonly env: NodeJS.ProcessEnv;
  /** A copy of the configuration, for `TASK_QUEUE_CONFIG`. */
  readonly configPath: string;
};

/** The servers of one machine: SQS, S3, DynamoDB and, if needed, PostgreSQL. */
export type LocalServers = {
  /** Exists until `stop`. */
  readonly directory: string;
  readonly processes: ProcessGroup;
  /**
   * Creates the queues, table, bucket and database schema that a configuration needs.
   * @param prefix of the names of queues, table and bucket
   */
  deploy(config: TaskQueueConfig, prefix?: string): Promise<LocalResources>;
  /** Stops every process and removes every file. Can be repeated. */
  stop(): Promise<void>;
};

/** @throws one sentence, with nothing left running */
export async function startLocalServers({
  withStreams = false,
  env = {},
}: LocalServersOptions = {}): Promise<LocalServers> {
  const opened = new AsyncDisposableStack();
  try {
    const directory = await mkdtemp(join(tmpdir(), 'task-queue-'));
    opened.defer(() => rm(directory, { recursive: true, force: true }));
    const processes = new ProcessGroup();
    opened.defer(() => processes.stopAll());
    const endpoints = await startEmulators(processes, withStreams);
    let database: Promise<string> | undefined;

    const deploy = async (config: TaskQueueConfig, prefix = ''): Promise<LocalResources> => {
      const needsDatabase = persistencesOf(config).length > 0;
      if (needsDatabase) database ??= migratedDatabase(processes, env);
      const resources = await createLocalResources(config, {
        ...emulatorClients(endpoints),
        prefix,
        withStream: withStreams,
        databaseUrl: needsDatabase ? await database : undefined,
      });
      const configPath = join(directory, `${prefix}config.json`);
      await writeFile(configPath, JSON.stringify(config));
      const access = {
        ...emulatorEnvironment(endpoints),
        [RESOURCES_VARIABLE]: JSON.stringify(resources),
      };
      return { env: access, configPath };
    };
    return { directory, processes, deploy, stop: () => opened.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function migratedDatabase(processes: ProcessGroup, env: NodeJS.ProcessEnv): Promise<string> {
  const url = await openPostgres(processes, env);
  await migrateDatabase({ url });
  return url;
}

/** Clients of the emulators, with the keys that they accept. */
export function emulatorClients(endpoints: Endpoints) {
  const access = {
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  return {
    sqs: new SQSClient({ ...access, endpoint: endpoints.sqs }),
    s3: new S3Client({ ...access, endpoint: endpoints.s3, forcePathStyle: true }),
    dynamodb: new DynamoDBClient({ ...access, endpoint: endpoints.dynamodb }),
  };
}

/** Temporary servers that leave nothing behind. */
export type ScratchServers = {
  /** Creates resources of their own for a configuration. @returns the variables to reach them */
  deploy(config: TaskQueueConfig): Promise<NodeJS.ProcessEnv>;
  stop(): Promise<void>;
};

/**
 * Starts temporary servers. It never uses DATABASE_URL: data would stay in that database.
 * @throws one sentence where there are no emulators
 */
export async function startScratchServers(): Promise<ScratchServers> {
  if (!existsSync(SQS_SERVER)) {
    throw new Error('The emulators are in the repository of the task queue, not in this bundle.');
  }
  const servers = await startLocalServers();
  const ignoreSignals = exitOnSignals(servers.directory);
  let deployments = 0;
  return {
    deploy: async (config) => {
      const { env, configPath } = await servers.deploy(config, `scratch${++deployments}-`);
      return { ...env, TASK_QUEUE_CONFIG: configPath };
    },
    stop: async () => {
      await servers.stop();
      ignoreSignals();
    },
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Removes the directory when a signal ends this process. Its servers end with it. */
function exitOnSignals(directory: string): () => void {
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
