import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { emulatorEnvironment, startEmulators } from '../../functions/dev/emulators.ts';
import { type ManagedProcess, ProcessGroup } from '../../functions/dev/process-group.ts';
import { createLocalResources } from '../../functions/local-resources.ts';
import { SqsBroker } from '../../shared/broker/sqs-broker.ts';
import { SqsClient } from '../../shared/broker/sqs-client.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { RESOURCES_VARIABLE, type Resources, tableOf } from '../../shared/config/resources.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { taskCatalogue } from '../../shared/task/task-definition.ts';
import { DynamodbTable } from '../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../shared/task-log/dynamodb-task-log.ts';
import { appendEffect } from './append-effect.ts';
import { FaultProxy } from './fault-proxy.ts';
import { seededRandom } from './seeded-random.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const ACCESS = { region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };

const config = parseConfig(
  {
    queues: [
      { name: 'priority', weight: 90, broker: { type: 'sqs' } },
      { name: 'background', weight: 10, broker: { type: 'sqs' } },
    ],
    defaultQueue: 'background',
    worker: { visibilityTimeoutSeconds: 4, pollWaitSeconds: 2, shutdownGraceSeconds: 5 },
  },
  'of the chaos run',
);

/** Servers, faulty proxies in front of them, a dispatcher that goes through them, and workers. */
export class ChaosStack {
  /** What workers write down: `effects`, `finishes`, `deaths`. */
  readonly directory: string;
  readonly proxies: readonly FaultProxy[];
  readonly dispatcher: Dispatcher;
  /** Straight to the server, to count what is true. */
  readonly log: DynamodbTaskLog;
  readonly #processes: ProcessGroup;
  readonly #workerEnv: NodeJS.ProcessEnv;

  private constructor(parts: {
    directory: string;
    proxies: readonly FaultProxy[];
    dispatcher: Dispatcher;
    log: DynamodbTaskLog;
    processes: ProcessGroup;
    workerEnv: NodeJS.ProcessEnv;
  }) {
    this.directory = parts.directory;
    this.proxies = parts.proxies;
    this.dispatcher = parts.dispatcher;
    this.log = parts.log;
    this.#processes = parts.processes;
    this.#workerEnv = parts.workerEnv;
  }

  static async start(seed: number): Promise<ChaosStack> {
    const directory = await mkdtemp(join(tmpdir(), 'task-queue-chaos-'));
    const processes = new ProcessGroup();
    const endpoints = await startEmulators(processes);
    const resources = await createLocalResources(config, {
      sqs: new SQSClient({ ...ACCESS, endpoint: endpoints.sqs }),
      dynamodb: new DynamoDBClient({ ...ACCESS, endpoint: endpoints.dynamodb }),
    });
    const sqs = new FaultProxy(endpoints.sqs, seededRandom(seed));
    const dynamodb = new FaultProxy(endpoints.dynamodb, seededRandom(seed + 1));
    await Promise.all([sqs.listen(), dynamodb.listen()]);
    const configPath = join(directory, 'config.json');
    await writeFile(configPath, JSON.stringify(config));
    return new ChaosStack({
      directory,
      processes,
      proxies: [sqs, dynamodb],
      dispatcher: dispatcherThrough(sqs.url, dynamodb.url, resources),
      log: taskLogAt(endpoints.dynamodb, tableOf(resources)),
      workerEnv: {
        ...process.env,
        ...emulatorEnvironment({ sqs: sqs.url, s3: endpoints.s3, dynamodb: dynamodb.url }),
        [RESOURCES_VARIABLE]: JSON.stringify(resources),
        TASK_QUEUE_CONFIG: configPath,
        CHAOS_DIRECTORY: directory,
        POWERTOOLS_LOG_LEVEL: 'SILENT',
      },
    });
  }

  /** @param deathRate chance of dying at each step, 0 to 1 */
  startWorker(seed: number, deathRate: number): Promise<ManagedProcess> {
    return this.#processes.start({
      name: 'a worker',
      command: process.execPath,
      args: [WORKER],
      ready: /worker ready/,
      env: {
        ...this.#workerEnv,
        CHAOS_SEED: String(seed),
        CHAOS_DEATH_RATE: String(deathRate),
      },
    });
  }

  async stop(): Promise<void> {
    await this.#processes.stopAll();
    for (const proxy of this.proxies) proxy.close();
    await rm(this.directory, { recursive: true });
  }
}

const taskLogAt = (endpoint: string, table: string): DynamodbTaskLog => {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ ...ACCESS, endpoint }));
  return new DynamodbTaskLog(new DynamodbTable(documents, table), { retentionDays: 30 });
};

function dispatcherThrough(sqsUrl: string, dynamodbUrl: string, resources: Resources): Dispatcher {
  const createClient = (): SqsClient => new SqsClient({ ...ACCESS, endpoint: sqsUrl });
  const brokers = Object.entries(resources.queues).map(
    ([name, address]) => [name, new SqsBroker(name, address, createClient)] as const,
  );
  const silent = (): void => {};
  return new Dispatcher({
    config,
    catalogue: taskCatalogue([appendEffect]),
    brokers: new Map(brokers),
    log: taskLogAt(dynamodbUrl, tableOf(resources)),
    logger: { info: silent, warn: silent, error: silent },
  });
}
