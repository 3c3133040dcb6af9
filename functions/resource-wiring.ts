import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SqsBroker } from '../shared/broker/sqs-broker.ts';
import { SqsClient } from '../shared/broker/sqs-client.ts';
import { tableState } from '../shared/check/dynamodb-table-state.ts';
import { bucketState } from '../shared/check/s3-bucket-state.ts';
import { type Inspector, seen } from '../shared/check/seen.ts';
import { queueState } from '../shared/check/sqs-queue-state.ts';
import type { TaskQueueConfig } from '../shared/config/config.ts';
import { persistencesOf } from '../shared/config/persistences.ts';
import { type Resources, tableOf } from '../shared/config/resources.ts';
import type { ControlStore } from '../shared/control/control-store.ts';
import { DynamodbControlStore } from '../shared/control/dynamodb-control-store.ts';
import { ConfigInvalidError } from '../shared/errors.ts';
import type { QueuePlace } from '../shared/move/stranded-tasks.ts';
import { DynamodbTable } from '../shared/task-log/dynamodb-table.ts';
import { createLocalResources } from './local-resources.ts';
import { migrateDatabase, openSqlControl, openSqlPlaces } from './sql-wiring.ts';

/** For people who wait at a terminal: a dead host costs at most two of these, in milliseconds. */
const TIMEOUTS = { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true };
const PATIENCE = { maxAttempts: 2, requestHandler: TIMEOUTS };

/** Endpoints of servers that are not AWS's own. Without S3 there are no files. */
export type OwnServers = {
  readonly sqs: string;
  readonly dynamodb: string;
  readonly s3?: string | undefined;
  /** A PostgreSQL database, for queues whose broker is `rds`. */
  readonly database?: string | undefined;
};

/** Creates what is missing there. May be repeated. @param onCreated told of everything that is new */
export async function createResources(
  config: TaskQueueConfig,
  { sqs, dynamodb, s3, database }: OwnServers,
  onCreated: (what: string) => void,
): Promise<Resources> {
  const databaseUrl = await migratedFor(config, database, onCreated);
  return createLocalResources(config, {
    databaseUrl,
    sqs: new SQSClient({ ...PATIENCE, endpoint: sqs }),
    dynamodb: new DynamoDBClient({ ...PATIENCE, endpoint: dynamodb }),
    ...(s3 !== undefined && {
      s3: new S3Client({ ...PATIENCE, endpoint: s3, forcePathStyle: true }),
    }),
    onCreated,
  });
}

/** The database of what is on PostgreSQL; nothing when nothing is. @throws {ConfigInvalidError} */
async function migratedFor(
  config: TaskQueueConfig,
  url: string | undefined,
  onCreated: (what: string) => void,
): Promise<string | undefined> {
  if (persistencesOf(config).length === 0) return undefined;
  if (url === undefined) {
    const message =
      'is on PostgreSQL: set DATABASE_URL, as in postgres://user@127.0.0.1:5432/tasks';
    const onSql = config.queues.filter(({ broker }) => broker.type === 'rds');
    const paths = onSql.map(({ name }) => `queue "${name}"`);
    if (config.taskLog.type === 'rds') paths.push('the task log');
    throw new ConfigInvalidError(
      'of these servers',
      paths.map((path) => ({ path, message })),
    );
  }
  for (const name of await migrateDatabase({ url })) onCreated(`in the database: ${name}`);
  return url;
}

/** Looks at resources where the variables say that they are. */
export function createInspector(env: NodeJS.ProcessEnv): Inspector {
  const sqs = new SQSClient({ ...PATIENCE, ...at(env['AWS_ENDPOINT_URL_SQS']) });
  const dynamodb = new DynamoDBClient({ ...PATIENCE, ...at(env['AWS_ENDPOINT_URL_DYNAMODB']) });
  const s3Endpoint = at(env['AWS_ENDPOINT_URL_S3']);
  const s3 = new S3Client({
    ...PATIENCE,
    ...s3Endpoint,
    forcePathStyle: s3Endpoint.endpoint !== undefined,
  });
  return {
    queue: (url) => seen(queueState(sqs, url)),
    table: (name) => seen(tableState(dynamodb, name)),
    bucket: (name) => seen(bucketState(s3, name)),
  };
}

const at = (endpoint: string | undefined): { endpoint?: string } =>
  endpoint === undefined ? {} : { endpoint };

/** Every queue that has an address, or messages, whatever a configuration says of it. */
export async function openPlaces(
  env: NodeJS.ProcessEnv,
  { queues, ...resources }: Pick<Resources, 'queues' | 'databases'>,
): Promise<QueuePlace[]> {
  // Region and credentials as the SDK finds them.
  const { region, credentials } = new SQSClient().config;
  const endpoint = env['AWS_ENDPOINT_URL_SQS'];
  const createClient = (): SqsClient => new SqsClient({ region, credentials, endpoint });
  const onSqs = Object.entries(queues).map(
    ([queue, address]): QueuePlace => ({
      queue,
      type: 'sqs',
      broker: new SqsBroker(queue, address, createClient),
    }),
  );
  return [...onSqs, ...(await openSqlPlaces(resources, { region, credentials }))];
}

/** The live settings, wherever the task log is. */
export function openControl(
  env: NodeJS.ProcessEnv,
  { taskLog }: TaskQueueConfig,
  resources: Resources,
): ControlStore {
  const database = taskLog.type === 'rds' ? resources.databases?.[taskLog.persistence] : undefined;
  // Region and credentials as the SDK finds them.
  if (database) return openSqlControl(database, new SQSClient().config);
  const endpoint = at(env['AWS_ENDPOINT_URL_DYNAMODB']);
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ ...PATIENCE, ...endpoint }));
  return new DynamodbControlStore(new DynamodbTable(documents, tableOf(resources)));
}
