import { Logger } from '@aws-lambda-powertools/logger';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Broker } from '../shared/broker/broker.ts';
import { MemoryBroker } from '../shared/broker/memory-broker.ts';
import { SqsBroker } from '../shared/broker/sqs-broker.ts';
import { SqsClient } from '../shared/broker/sqs-client.ts';
import { parseConfig, type TaskQueueConfig } from '../shared/config/config.ts';
import { loadConfig } from '../shared/config/load-config.ts';
import { type Resources, resourcesFrom } from '../shared/config/resources.ts';
import type { ControlStore } from '../shared/control/control-store.ts';
import { DynamodbControlStore } from '../shared/control/dynamodb-control-store.ts';
import { Dispatcher } from '../shared/dispatcher/dispatcher.ts';
import type { SyncRunner } from '../shared/dispatcher/sync-runner.ts';
import type { Logger as TaskQueueLogger } from '../shared/logger.ts';
import { DynamodbStatsStore } from '../shared/stats/dynamodb-stats-store.ts';
import { DynamodbTransactions } from '../shared/stats/dynamodb-transactions.ts';
import type { StatsStore } from '../shared/stats/stats-store.ts';
import { taskCatalogue } from '../shared/task/task-definition.ts';
import { DynamodbTable } from '../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../shared/task-log/dynamodb-task-log.ts';
import type { TaskLog } from '../shared/task-log/task-log.ts';
import bundledConfig from '../task-queue.config.json' with { type: 'json' };
import { contracts } from './tasks/contracts.ts';
import { meterDynamodb, meterSqs, newUsage, type Usage } from './usage-meter.ts';

/** The parts of a running process, put together. */
export type Wiring = {
  readonly config: TaskQueueConfig;
  /** By queue. */
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly log: TaskLog;
  readonly stats: StatsStore;
  /** Of the live settings. */
  readonly control: ControlStore;
  readonly dispatcher: Dispatcher;
  readonly logger: TaskQueueLogger;
  readonly usage: Usage;
  /** SQS requests that this process sent to the queue. */
  readonly requestsTo: (queue: string) => number;
};

/** For processes that carry handlers: how they run the tasks of sync queues. */
type SyncRunnerFactory = (parts: Pick<Wiring, 'log' | 'brokers' | 'logger'>) => SyncRunner;

/** A dead host must not cost a caller more than this before the next attempt, in milliseconds. */
const CONNECTION_TIMEOUT_MS = 3000;

/** A request to DynamoDB takes milliseconds; one that takes this long goes nowhere. */
const DYNAMODB_TIMEOUT_MS = 5000;

/**
 * The composition root: the one place that picks adapters and makes SDK clients.
 *
 * Reads `TASK_QUEUE_RESOURCES`; `TASK_QUEUE_CONFIG`, the path of a configuration to use instead of
 * the one this code was bundled with; and the SDK's own variables, `AWS_ENDPOINT_URL_SQS` and
 * `AWS_ENDPOINT_URL_DYNAMODB` among them.
 * @throws {ConfigInvalidError} naming everything that is missing or wrong
 */
export function wire(env: NodeJS.ProcessEnv, createSyncRunner?: SyncRunnerFactory): Wiring {
  const config = configFrom(env);
  const resources = resourcesFrom(env, config);
  const usage = newUsage();
  const logger = createLogger();
  const dynamodb = createDynamodbClient(env['AWS_ENDPOINT_URL_DYNAMODB']);
  meterDynamodb(dynamodb, usage);
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const table = new DynamodbTable(documents, resources.table);
  const log = new DynamodbTaskLog(table, config.taskLog.retentionDays);
  const control = new DynamodbControlStore(table);
  const transactions = new DynamodbTransactions(documents, resources.table);
  const stats = new DynamodbStatsStore(table, transactions);
  const brokers = createBrokers(config, resources, () => {
    // Region and credentials as the SDK finds them, looked for once.
    const { region, credentials } = dynamodb.config;
    const endpoint = env['AWS_ENDPOINT_URL_SQS'];
    return new SqsClient({ region, credentials, endpoint, beforeRequest: meterSqs(usage) });
  });
  const catalogue = taskCatalogue(contracts);
  const runSync = createSyncRunner?.({ log, brokers, logger });
  const dispatcher = new Dispatcher({
    config,
    catalogue,
    brokers,
    log,
    logger,
    ...(runSync && { runSync }),
  });
  const requestsTo = (queue: string): number =>
    usage.sqsRequestsByQueueUrl[resources.queues[queue]?.url ?? ''] ?? 0;
  return { config, brokers, log, stats, control, dispatcher, logger, usage, requestsTo };
}

function configFrom(env: NodeJS.ProcessEnv): TaskQueueConfig {
  const path = env['TASK_QUEUE_CONFIG'];
  return path === undefined
    ? parseConfig(bundledConfig, 'task-queue.config.json')
    : loadConfig(path);
}

function createLogger(): TaskQueueLogger {
  const logger = new Logger({ serviceName: 'task-queue' });
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
  };
}

/** The client of every DynamoDB request, for the benchmark too. */
export const createDynamodbClient = (endpoint: string | undefined): DynamoDBClient =>
  new DynamoDBClient({
    ...(endpoint !== undefined && { endpoint }),
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: DYNAMODB_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });

function createBrokers(
  { queues }: TaskQueueConfig,
  resources: Resources,
  createClient: () => SqsClient,
): Map<string, Broker> {
  return new Map(
    queues.map(({ name }) => {
      const address = resources.queues[name];
      return [name, address ? new SqsBroker(name, address, createClient) : new MemoryBroker()];
    }),
  );
}
