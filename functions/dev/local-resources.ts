import {
  CreateTableCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import type { BucketAddress, QueueAddress, Resources } from '../../shared/config/resources.ts';
import { TABLE, TABLE_INDEXES } from '../../shared/config/table.ts';

/** Deliveries before the queue itself gives up; as deployed, only a backstop. */
const MAX_RECEIVE_COUNT = 1000;

type Clients = {
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  /** Absent: there is no bucket. */
  readonly s3?: S3Client;
  /** Keeps users of one emulator apart. */
  readonly prefix?: string;
  readonly withStream?: boolean;
  /** A migrated PostgreSQL database, for every name that queues give theirs. */
  readonly databaseUrl?: string | undefined;
};

/**
 * Creates on the emulators what CDK creates on AWS. The table has a stream only where somebody reads
 * it: it makes each write slower.
 */
export async function createLocalResources(
  { queues, worker }: Pick<TaskQueueConfig, 'queues' | 'worker'>,
  { sqs, dynamodb, s3, prefix = '', withStream = false, databaseUrl }: Clients,
): Promise<Resources> {
  const table = `${prefix}task-log`;
  const names = queues.filter(({ broker }) => broker.type === 'sqs').map(({ name }) => name);
  const [addresses, bucket] = await Promise.all([
    Promise.all(
      names.map((name) => createQueue(sqs, `${prefix}${name}`, worker.visibilityTimeoutSeconds)),
    ),
    s3 && createBucket(s3, `${prefix}task-files`),
    createTable(dynamodb, table, withStream),
  ]);
  const byName = names.flatMap((name, index) => {
    const address = addresses[index];
    return address ? [[name, address] as const] : [];
  });
  return {
    table,
    queues: Object.fromEntries(byName),
    ...(bucket && { bucket }),
    ...(databaseUrl !== undefined && { databases: databasesOf(queues, databaseUrl) }),
  };
}

const databasesOf = (queues: TaskQueueConfig['queues'], url: string): Resources['databases'] =>
  Object.fromEntries(
    queues.flatMap(({ broker }) => (broker.type === 'rds' ? [[broker.persistence, { url }]] : [])),
  );

async function createBucket(s3: S3Client, name: string): Promise<BucketAddress> {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  const { protocol = 'http:', hostname, port = '' } = (await s3.config.endpoint?.()) ?? {};
  return { name, url: `${protocol}//${hostname}:${port}/${name}` };
}

async function createQueue(
  sqs: SQSClient,
  name: string,
  visibilityTimeoutSeconds: number,
): Promise<QueueAddress> {
  const dead = await sqs.send(new CreateQueueCommand({ QueueName: `${name}-dead` }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: dead.QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const { QueueUrl: url = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName: name,
      Attributes: {
        VisibilityTimeout: String(visibilityTimeoutSeconds),
        RedrivePolicy: JSON.stringify({
          deadLetterTargetArn: Attributes?.QueueArn,
          maxReceiveCount: MAX_RECEIVE_COUNT,
        }),
      },
    }),
  );
  return { url, deadLetterUrl: dead.QueueUrl ?? '' };
}

async function createTable(
  dynamodb: DynamoDBClient,
  name: string,
  withStream: boolean,
): Promise<void> {
  const { partitionKey, sortKey, timeToLive } = TABLE;
  const indexed = TABLE_INDEXES.map((index) => index.partitionKey);
  await dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      ...(withStream && {
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
      AttributeDefinitions: [partitionKey, sortKey, ...indexed].map((attribute) => ({
        AttributeName: attribute,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: TABLE_INDEXES.map((index) => ({
        IndexName: index.name,
        KeySchema: [
          { AttributeName: index.partitionKey, KeyType: 'HASH' },
          { AttributeName: sortKey, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      })),
    }),
  );
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
    }),
  );
}
