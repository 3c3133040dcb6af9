import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { namingItsServer } from '../../shared/aws/no-answer.ts';
import { type Inspector, seen } from '../../shared/check/seen.ts';
import type { OtherLog } from '../../shared/check/store-findings.ts';
import { persistencesOf, type TaskQueueConfig } from '../../shared/config/config.ts';
import type { ControlStore } from '../../shared/control/control-store.ts';
import { type Resources, tableOf } from '../../shared/deployment/resources.ts';
import { DynamodbControlStore } from '../../shared/dynamodb/stores.ts';
import { DynamodbTable, tableState } from '../../shared/dynamodb/table.ts';

import { ConfigInvalidError } from '../../shared/errors.ts';
import type { QueuePlace } from '../../shared/move/move-tasks.ts';
import { bucketState } from '../../shared/s3/file-store.ts';
import { SqsBroker } from '../../shared/sqs/broker.ts';
import { queueState, SqsClient } from '../../shared/sqs/client.ts';

import { awsSettings } from './aws-settings.ts';
import { dynamodbStorage } from './dynamodb.ts';
import { createLocalResources } from './local-resources.ts';
import {
  migrateDatabase,
  openSql,
  openSqlControl,
  openSqlPlaces,
  stateOfDatabase,
} from './postgres.ts';
import type { Opened } from './storage.ts';

/** For people who wait at a terminal: a dead host costs at most two of these, in milliseconds. */
const TIMEOUTS = { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true };
const SHORT_RETRIES = { maxAttempts: 2, requestHandler: TIMEOUTS };

/** Endpoints of servers that are not AWS's own. Without S3 there are no files. */
export type OwnServers = {
  readonly sqs?: string | undefined;
  readonly dynamodb?: string | undefined;
  readonly s3?: string | undefined;
  /** A PostgreSQL database, for queues and a task log of the type `postgres`. */
  readonly database?: string | undefined;
};

/**
 * Creates what is missing there. May be repeated.
 * @param env region and credentials are in it
 * @param onCreated called for everything that is new
 * @throws {ConfigInvalidError} naming everything for which there is no server
 */
export async function createResources(
  config: TaskQueueConfig,
  servers: OwnServers,
  env: NodeJS.ProcessEnv,
  onCreated: (what: string) => void,
): Promise<Resources> {
  const settings = { ...SHORT_RETRIES, ...awsSettings(env) };
  const { sqs, dynamodb, s3, database } = servers;
  assertServers(config, servers);
  const databaseUrl = await migratedFor(config, database, onCreated);
  const clients = {
    // Without an endpoint they would be AWS's own: nothing asks them, as nothing needs them.
    sqs: namingItsServer(new SQSClient({ ...settings, ...at(sqs) })),
    dynamodb: namingItsServer(new DynamoDBClient({ ...settings, ...at(dynamodb) })),
    s3:
      s3 === undefined
        ? undefined
        : namingItsServer(new S3Client({ ...settings, endpoint: s3, forcePathStyle: true })),
  };
  try {
    return await createLocalResources(config, { ...clients, databaseUrl, onCreated });
  } finally {
    for (const client of Object.values(clients)) client?.destroy();
  }
}

/** By the type of what is to be there. */
const SERVERS = {
  sqs: { name: 'sqs', hint: 'is on SQS: set AWS_ENDPOINT_URL_SQS' },
  dynamodb: { name: 'dynamodb', hint: 'is on DynamoDB: set AWS_ENDPOINT_URL_DYNAMODB' },
  postgres: {
    name: 'database',
    hint: 'is on PostgreSQL: set DATABASE_URL, as in postgres://user@127.0.0.1:5432/tasks',
  },
} as const;

function assertServers({ queues, taskLog }: TaskQueueConfig, servers: OwnServers): void {
  const needs = [
    ...queues.map(({ name, broker }) => [`queue "${name}"`, broker.type] as const),
    ['the task log', taskLog.type] as const,
  ];
  const problems = needs.flatMap(([path, type]) => {
    if (type === 'memory' || servers[SERVERS[type].name] !== undefined) return [];
    return [{ path, message: SERVERS[type].hint }];
  });
  if (problems.length > 0) throw new ConfigInvalidError('of these servers', problems);
}

/** The database of what is on PostgreSQL; nothing when nothing is. */
async function migratedFor(
  config: TaskQueueConfig,
  url: string | undefined,
  onCreated: (what: string) => void,
): Promise<string | undefined> {
  if (url === undefined || persistencesOf(config).length === 0) return undefined;
  for (const name of await migrateDatabase({ url })) onCreated(`in the database: ${name}`);
  return url;
}

/** Looks at resources where the variables, and the addresses of databases, say that they are. */
export function createInspector(
  env: NodeJS.ProcessEnv,
  { databases = {} }: Pick<Resources, 'databases'>,
  opened?: Opened,
): Inspector {
  const settings = { ...SHORT_RETRIES, ...awsSettings(env) };
  const sqs = new SQSClient({ ...settings, ...at(env['AWS_ENDPOINT_URL_SQS']) });
  const dynamodb = new DynamoDBClient({ ...settings, ...at(env['AWS_ENDPOINT_URL_DYNAMODB']) });
  const { config: access } = sqs;
  const s3Endpoint = at(env['AWS_ENDPOINT_URL_S3']);
  const s3 = new S3Client({
    ...settings,
    ...s3Endpoint,
    forcePathStyle: s3Endpoint.endpoint !== undefined,
  });
  for (const client of [sqs, dynamodb, s3]) {
    namingItsServer(client);
    opened?.(() => client.destroy());
  }
  return {
    queue: (url) => seen(queueState(sqs, url)),
    table: (name) => seen(tableState(dynamodb, name)),
    bucket: (name) => seen(bucketState(s3, name)),
    database: (name) => seen(stateOfDatabase(databases[name], access, opened)),
  };
}

const at = (endpoint: string | undefined): { endpoint?: string } =>
  endpoint === undefined ? {} : { endpoint };

/** Every queue that has an address, or messages, whatever a configuration says of it. */
export async function openPlaces(
  env: NodeJS.ProcessEnv,
  { queues, ...resources }: Pick<Resources, 'queues' | 'databases'>,
  opened?: Opened,
): Promise<QueuePlace[]> {
  // Region and credentials as the SDK finds them.
  const { region, credentials } = new SQSClient(awsSettings(env)).config;
  const endpoint = env['AWS_ENDPOINT_URL_SQS'];
  const createClient = (): SqsClient => {
    const client = new SqsClient({ region, credentials, endpoint });
    opened?.(() => client.destroy());
    return client;
  };
  const onSqs = Object.entries(queues).map(
    ([queue, address]): QueuePlace => ({
      queue,
      type: 'sqs',
      broker: new SqsBroker(queue, address, createClient),
    }),
  );
  return [...onSqs, ...(await openSqlPlaces(resources, { region, credentials }, opened))];
}

/** The live settings, wherever the task log is. */
export function openControl(
  env: NodeJS.ProcessEnv,
  { taskLog }: TaskQueueConfig,
  resources: Resources,
  opened?: Opened,
): ControlStore {
  const database =
    taskLog.type === 'postgres' ? resources.databases?.[taskLog.persistence] : undefined;
  // Region and credentials as the SDK finds them.
  if (database) return openSqlControl(database, new SQSClient(awsSettings(env)).config, opened);
  const endpoint = at(env['AWS_ENDPOINT_URL_DYNAMODB']);
  const client = namingItsServer(
    new DynamoDBClient({ ...SHORT_RETRIES, ...awsSettings(env), ...endpoint }),
  );
  opened?.(() => client.destroy());
  const documents = DynamoDBDocumentClient.from(client);
  return new DynamodbControlStore(new DynamodbTable(documents, tableOf(resources)));
}

/** Opens known task logs besides the configured one, where tasks may be from before. */
export function openOtherLogs(
  env: NodeJS.ProcessEnv,
  { taskLog }: Pick<TaskQueueConfig, 'taskLog'>,
  { table, databases = {} }: Resources,
  opened?: Opened,
): OtherLog[] {
  const { retentionDays } = taskLog;
  // Region and credentials as the SDK finds them.
  const { config: access } = new SQSClient(awsSettings(env));
  const currentUrl = taskLog.type === 'postgres' ? databases[taskLog.persistence]?.url : undefined;
  const onSql = Object.entries(databases)
    .filter(([, { url }], index, all) => {
      const isFirst = all.findIndex(([, other]) => other.url === url) === index;
      return isFirst && url !== currentUrl;
    })
    .flatMap(([persistence]): OtherLog[] => {
      const there = { type: 'postgres', persistence, retentionDays } as const;
      const { storage } = openSql({ queues: [], taskLog: there }, { databases }, access, {
        opened,
      });
      return storage ? [{ title: `database "${persistence}"`, ...storage }] : [];
    });
  if (taskLog.type !== 'postgres' || table === undefined) return onSql;
  const endpoint = at(env['AWS_ENDPOINT_URL_DYNAMODB']);
  const client = namingItsServer(
    new DynamoDBClient({ ...SHORT_RETRIES, ...awsSettings(env), ...endpoint }),
  );
  opened?.(() => client.destroy());
  const there = { type: 'dynamodb', retentionDays } as const;
  return [{ title: `table "${table}"`, ...dynamodbStorage(client, table, there, {}) }, ...onSql];
}
