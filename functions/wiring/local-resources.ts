import {
  type CreateGlobalSecondaryIndexAction,
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type QueueAttributeName,
  QueueDoesNotExist,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { persistencesOf, type SqlUsers, type TaskQueueConfig } from '../../shared/config/config.ts';
import type { BucketAddress, QueueAddress, Resources } from '../../shared/deployment/resources.ts';
import { TABLE, TABLE_INDEXES } from '../../shared/deployment/table.ts';
import { MAX_RECEIVE_COUNT, RETENTION_SECONDS } from '../../shared/limits.ts';

export type LocalClients = {
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  /** Absent: there is no bucket. */
  readonly s3?: S3Client;
  /** Keeps users of one server apart. */
  readonly prefix?: string;
  readonly withStream?: boolean;
  /** A migrated PostgreSQL database, for every name that queues give theirs. */
  readonly databaseUrl?: string | undefined;
  /** Told of everything that was not there yet, for people: `queue "priority"`. */
  readonly onCreated?: (what: string) => void;
};

type Queues = Pick<TaskQueueConfig, 'queues' | 'worker'>;
export type WithTable = Resources & { readonly table: string };

/**
 * Creates, on emulators and other servers of one's own, what of that which CDK creates on AWS is not
 * there yet. May be repeated. The table has a stream only where somebody reads it: it makes each
 * write slower.
 */
export function createLocalResources(
  config: Queues & Pick<TaskQueueConfig, 'taskLog'>,
  clients: LocalClients,
): Promise<Resources>;
/** With a table. */
export function createLocalResources(config: Queues, clients: LocalClients): Promise<WithTable>;
export async function createLocalResources(
  { queues, worker, taskLog }: Queues & Partial<Pick<TaskQueueConfig, 'taskLog'>>,
  clients: LocalClients,
): Promise<Resources> {
  const { dynamodb, s3, prefix = '', withStream = false, databaseUrl, onCreated } = clients;
  const table = `${prefix}task-log`;
  const names = queues.filter(({ broker }) => broker.type === 'sqs').map(({ name }) => name);
  const [addresses, bucket, isNewTable] = await Promise.all([
    Promise.all(
      names.map(async (name) => {
        const address = await ensureQueues(name, worker.visibilityTimeoutSeconds, clients);
        return [name, address] as const;
      }),
    ),
    s3 && createBucket(s3, `${prefix}task-files`),
    taskLog?.type === 'postgres' ? false : ensureTable(dynamodb, table, withStream),
  ]);
  if (isNewTable) onCreated?.(`table "${table}"`);
  return {
    table: taskLog?.type === 'postgres' ? undefined : table,
    queues: Object.fromEntries(addresses),
    bucket,
    databases:
      databaseUrl === undefined ? undefined : databasesOf({ queues, taskLog }, databaseUrl),
  };
}

const databasesOf = (config: SqlUsers, url: string): Resources['databases'] =>
  Object.fromEntries(persistencesOf(config).map((name) => [name, { url }]));

/** Creating a bucket of one's own again changes nothing. */
async function createBucket(s3: S3Client, name: string): Promise<BucketAddress> {
  await s3.send(new CreateBucketCommand({ Bucket: name })).catch((error: Error) => {
    if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
  });
  const { protocol = 'http:', hostname, port = '' } = (await s3.config.endpoint?.()) ?? {};
  return { name, url: `${protocol}//${hostname}${port && `:${port}`}/${name}` };
}

/** A queue, after its dead-letter queue. */
async function ensureQueues(
  queue: string,
  visibilityTimeoutSeconds: number,
  { sqs, prefix = '', onCreated }: LocalClients,
): Promise<QueueAddress> {
  const MessageRetentionPeriod = String(RETENTION_SECONDS);
  const dead = await ensureQueue(sqs, `${prefix}${queue}-dead`, { MessageRetentionPeriod });
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: dead.url, AttributeNames: ['QueueArn'] }),
  );
  const { url, isNew } = await ensureQueue(sqs, `${prefix}${queue}`, {
    MessageRetentionPeriod,
    VisibilityTimeout: String(visibilityTimeoutSeconds),
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: Attributes?.QueueArn,
      maxReceiveCount: MAX_RECEIVE_COUNT,
    }),
  });
  if (isNew) onCreated?.(`queue "${queue}"`);
  return { url, deadLetterUrl: dead.url };
}

/** Updates the attributes of an existing queue, because SQS refuses to create it with others. */
async function ensureQueue(
  sqs: SQSClient,
  QueueName: string,
  Attributes: Partial<Record<QueueAttributeName, string>>,
): Promise<{ readonly url: string; readonly isNew: boolean }> {
  try {
    const { QueueUrl = '' } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    return { url: QueueUrl, isNew: false };
  } catch (error) {
    if (!(error instanceof QueueDoesNotExist)) throw error;
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
    return { url: QueueUrl, isNew: true };
  }
}

const CREATION_SECONDS = 60;

/** The table of the task log, with its indexes and its time to live. @returns whether it is new */
export async function ensureTable(
  dynamodb: DynamoDBClient,
  name: string,
  withStream: boolean,
): Promise<boolean> {
  const isNew = await createTable(dynamodb, name, withStream);
  await waitUntilTableExists(
    { client: dynamodb, maxWaitTime: CREATION_SECONDS },
    { TableName: name },
  );
  if (!isNew) await addMissingIndexes(dynamodb, name);
  await enableTimeToLive(dynamodb, name);
  return isNew;
}

async function createTable(
  dynamodb: DynamoDBClient,
  name: string,
  withStream: boolean,
): Promise<boolean> {
  const { partitionKey, sortKey } = TABLE;
  const indexed = TABLE_INDEXES.map((index) => index.partitionKey);
  const command = new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: withStream
      ? { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' }
      : undefined,
    AttributeDefinitions: [partitionKey, sortKey, ...indexed].map(text),
    KeySchema: keySchema(partitionKey),
    GlobalSecondaryIndexes: TABLE_INDEXES.map(indexOf),
  });
  try {
    await dynamodb.send(command);
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
}

/** A table of an earlier version. DynamoDB adds one index at a time. */
async function addMissingIndexes(dynamodb: DynamoDBClient, name: string): Promise<void> {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: name }));
  const present = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
  for (const index of TABLE_INDEXES.filter((known) => !present.includes(known.name))) {
    await dynamodb.send(
      new UpdateTableCommand({
        TableName: name,
        AttributeDefinitions: [index.partitionKey, TABLE.sortKey].map(text),
        GlobalSecondaryIndexUpdates: [{ Create: indexOf(index) }],
      }),
    );
  }
}

/** Enabling it a second time is an error. */
async function enableTimeToLive(dynamodb: DynamoDBClient, TableName: string): Promise<void> {
  const described = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));
  if (described.TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED') return;
  const TimeToLiveSpecification = { AttributeName: TABLE.timeToLive, Enabled: true };
  await dynamodb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });

const keySchema = (partitionKey: string): KeySchemaElement[] => [
  { AttributeName: partitionKey, KeyType: 'HASH' },
  { AttributeName: TABLE.sortKey, KeyType: 'RANGE' },
];

const indexOf = ({
  name,
  partitionKey,
}: (typeof TABLE_INDEXES)[number]): CreateGlobalSecondaryIndexAction => ({
  IndexName: name,
  KeySchema: keySchema(partitionKey),
  Projection: { ProjectionType: 'KEYS_ONLY' },
});
