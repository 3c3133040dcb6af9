import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import bundledConfig from '#config' with { type: 'json' };
import { openSql } from '#sql';
import { contracts } from '#tasks/contracts';
import type { Access } from '../../shared/aws/signed-http.ts';
import type { Broker } from '../../shared/broker/broker.ts';
import {
  type OwnStrategyNames,
  parseConfig,
  type TaskQueueConfig,
} from '../../shared/config/config.ts';
import { loadConfig } from '../../shared/config/config-file.ts';
import {
  type BucketAddress,
  type Resources,
  resourcesFrom,
} from '../../shared/deployment/resources.ts';
import { RESOURCES_VARIABLE } from '../../shared/deployment/stack-outputs.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import type { EnqueueMany } from '../../shared/dispatcher/enqueue-request.ts';
import type { SyncRunner } from '../../shared/dispatcher/prepare-task.ts';
import { ConfigInvalidError } from '../../shared/errors.ts';
import type { FileStore, PayloadStore, StoredFiles } from '../../shared/files/file-store.ts';
import { guarded } from '../../shared/foreign/logging.ts';
import type { Logger as TaskQueueLogger } from '../../shared/logger.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { S3Objects } from '../../shared/s3/objects.ts';
import { SqsBroker } from '../../shared/sqs/broker.ts';
import { SqsClient } from '../../shared/sqs/client.ts';
import {
  type TaskCatalogue,
  type TaskDefinition,
  taskCatalogue,
} from '../../shared/task/task-definition.ts';
import { awsSettings } from './aws-settings.ts';
import { createDynamodbClient, type DynamodbExtras, dynamodbStorage } from './dynamodb.ts';
import type { FileStoreAccess } from './file-store.ts';
import type { SqlExtras } from './postgres.ts';
import type { Opened, Storage } from './storage.ts';
import { meterDynamodb, meterSqs, newUsage, type Usage } from './usage-meter.ts';

/** The parts of a running process, put together. */
export type Wiring = Storage & {
  readonly config: TaskQueueConfig;
  readonly catalogue: TaskCatalogue;
  /** By queue. */
  readonly brokers: ReadonlyMap<string, Broker>;
  /** The dead letters, by queue. Sync queues have none. */
  readonly deadLetters: ReadonlyMap<string, Broker>;
  /** Absent in a deployment without a bucket. */
  readonly files: (StoredFiles & PayloadStore) | undefined;
  /** File store for files of any length. Absent where no tasks run. */
  readonly fileStore: FileStore | undefined;
  readonly dispatcher: Dispatcher;
  readonly logger: TaskQueueLogger;
  /** Region and credentials as the SDK finds them. */
  readonly access: Access;
  readonly usage: Usage;
  /** SQS requests that this process sent to the queue. */
  readonly requestsTo: (queue: string) => number;
};

/** Parts that only some bundles contain. */
type Extras = DynamodbExtras &
  SqlExtras & {
    /** @default those this code was bundled with */
    readonly contracts?: readonly TaskDefinition[];
    /** @default what the environment says, else the one this code was bundled with */
    readonly config?: TaskQueueConfig;
    /** For processes that check the configuration. @default any */
    readonly ownStrategies?: OwnStrategyNames | undefined;
    /** For processes that run tasks. */
    readonly createFileStore?: (
      bucket: BucketAddress,
      access: FileStoreAccess,
      opened?: Opened,
    ) => FileStore;
    /** For processes that carry handlers: how they run the tasks of sync queues. */
    readonly createSyncRunner?: (parts: SyncRunnerParts) => SyncRunner;
    /** For processes whose standard output is not a log. @default one JSON object a line */
    readonly logger?: TaskQueueLogger;
    readonly opened?: Opened;
  };

export type SyncRunnerParts = Pick<Wiring, 'log' | 'fileStore' | 'brokers' | 'logger'> & {
  readonly enqueueMany: EnqueueMany;
};

/**
 * The composition root. This folder is the only place that picks adapters and makes clients.
 *
 * Reads `TASK_QUEUE_RESOURCES`; `TASK_QUEUE_CONFIG`, the path of a configuration to use instead of
 * the one this code was bundled with; and the SDK's own variables, `AWS_ENDPOINT_URL_SQS`,
 * `AWS_ENDPOINT_URL_S3` and `AWS_ENDPOINT_URL_DYNAMODB` among them.
 * @throws {ConfigInvalidError} naming everything that is missing or wrong
 */
export function wire(env: NodeJS.ProcessEnv, extras: Extras = {}): Wiring {
  const config = extras.config ?? configFrom(env, extras.ownStrategies);
  const resources = resourcesFrom(env, config);
  const usage = newUsage();
  const logger = guarded(extras.logger ?? createLogger());
  const dynamodb = createDynamodbClient(env['AWS_ENDPOINT_URL_DYNAMODB'], awsSettings(env));
  meterDynamodb(dynamodb, usage);
  const { opened } = extras;
  opened?.(() => dynamodb.destroy());
  // Looked for once.
  const { region, credentials } = dynamodb.config;
  const access = { region, credentials };
  const s3 = { ...access, endpoint: env['AWS_ENDPOINT_URL_S3'] };
  const bucket = bucketAt(resources, s3.endpoint);
  const fileStore = bucket && extras.createFileStore?.(bucket, s3, opened);
  const files = bucket && new S3Objects(bucket.url, s3);
  if (files) opened?.(() => files.destroy());
  const sql = openSql(config, resources, access, { ...extras, files });
  const storage = sql.storage ?? dynamodbLog(dynamodb, config, resources, { ...extras, files });
  const createSqsClient = (): SqsClient => {
    const endpoint = env['AWS_ENDPOINT_URL_SQS'];
    const client = new SqsClient({ ...access, endpoint, beforeRequest: meterSqs(usage) });
    opened?.(() => client.destroy());
    return client;
  };
  const brokers = createBrokers(config, resources, sql.brokers, createSqsClient);
  const deadLetters = new Map([
    ...createDeadLetterBrokers(config, resources, createSqsClient),
    ...sql.deadLetters,
  ]);
  const catalogue = taskCatalogue(extras.contracts ?? contracts);
  const enqueueMany: EnqueueMany = (requests) => dispatcher.enqueueMany(requests);
  const { log, transactional } = storage;
  const runSync = extras.createSyncRunner?.({ log, fileStore, brokers, logger, enqueueMany });
  const dispatcher: Dispatcher = new Dispatcher({
    config,
    catalogue,
    brokers,
    log,
    logger,
    payloads: files,
    runSync,
    transactional,
  });
  const requestsTo = (queue: string): number =>
    usage.sqsRequestsByQueueUrl[resources.queues[queue]?.url ?? ''] ?? 0;
  return {
    ...storage,
    config,
    catalogue,
    brokers,
    deadLetters,
    files,
    fileStore,
    dispatcher,
    logger,
    access,
    usage,
    requestsTo,
  };
}

function dynamodbLog(
  client: DynamoDBClient,
  { taskLog }: TaskQueueConfig,
  { table }: Resources,
  extras: Parameters<typeof dynamodbStorage>[3],
): Storage {
  // With an address for whatever the configuration names, neither happens.
  if (taskLog.type === 'postgres' || table === undefined)
    throw new Error('the task log has no address');
  return dynamodbStorage(client, table, taskLog, extras);
}

/** An emulator has one host for all buckets. */
const bucketAt = (
  { bucket }: Resources,
  endpoint: string | undefined,
): BucketAddress | undefined =>
  bucket && endpoint !== undefined ? { ...bucket, url: `${endpoint}/${bucket.name}` } : bucket;

/** @param ownStrategies by default any: functions lack their code, and workers check the name */
export function configFrom(
  env: NodeJS.ProcessEnv,
  ownStrategies: OwnStrategyNames = 'any',
): TaskQueueConfig {
  const path = env['TASK_QUEUE_CONFIG'];
  return path === undefined
    ? parseConfig(bundledConfig, 'task-queue.config.json', ownStrategies)
    : loadConfig(path, ownStrategies);
}

export function createLogger(): TaskQueueLogger {
  const logger = new Logger({ serviceName: 'task-queue' });
  return guarded({
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  });
}

type Queue = TaskQueueConfig['queues'][number];

/**
 * The broker of each queue, by name.
 * @param onPostgres brokers of queues on PostgreSQL
 * @throws {ConfigInvalidError} naming a queue that has no address: its tasks must not go elsewhere
 */
export function createBrokers(
  { queues }: Pick<TaskQueueConfig, 'queues'>,
  resources: Pick<Resources, 'queues'>,
  onPostgres: ReadonlyMap<string, Broker>,
  createClient: () => SqsClient,
): Map<string, Broker> {
  const brokerOf = ({ name, broker }: Queue): Broker | undefined => {
    // A sync queue may have an address from before.
    if (broker.type === 'memory') return new MemoryBroker();
    if (broker.type === 'postgres') return onPostgres.get(name);
    const address = resources.queues[name];
    if (address) return new SqsBroker(name, address, createClient);
    const message =
      'is on SQS and has no address. Deploy the stack, or run task-queue init for your own servers.';
    throw new ConfigInvalidError(RESOURCES_VARIABLE, [{ path: `queue "${name}"`, message }]);
  };
  return new Map(
    queues.flatMap((queue) => {
      const broker = brokerOf(queue);
      return broker ? [[queue.name, broker]] : [];
    }),
  );
}

/** A dead-letter queue is its own dead-letter queue: a message that is given up there stays there. */
const createDeadLetterBrokers = (
  { queues }: Pick<TaskQueueConfig, 'queues'>,
  resources: Pick<Resources, 'queues'>,
  createClient: () => SqsClient,
): Map<string, Broker> =>
  new Map(
    queues.flatMap(({ name }) => {
      const url = resources.queues[name]?.deadLetterUrl;
      if (url === undefined) return [];
      return [[name, new SqsBroker(name, { url, deadLetterUrl: url }, createClient)] as const];
    }),
  );
