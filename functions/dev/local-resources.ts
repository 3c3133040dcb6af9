import {
  CreateTableCommand,
  type DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import type { QueueAddress, Resources } from '../../shared/config/resources.ts';
import { TABLE } from '../../shared/config/table.ts';

/** Deliveries before the queue itself gives up; as deployed, only a backstop. */
const MAX_RECEIVE_COUNT = 1000;

type LocalResourcesOptions = {
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly prefix?: string;
  readonly withStream?: boolean;
};

/**
 * Creates on the emulators what CDK creates on AWS. `prefix` keeps users of one emulator apart. The
 * table has a stream only where somebody reads it: it makes each write slower.
 */
export async function createLocalResources(
  { queues, worker }: Pick<TaskQueueConfig, 'queues' | 'worker'>,
  { sqs, dynamodb, prefix = '', withStream = false }: LocalResourcesOptions,
): Promise<Resources> {
  const table = `${prefix}task-log`;
  const names = queues.filter(({ broker }) => broker.type === 'sqs').map(({ name }) => name);
  const [addresses] = await Promise.all([
    Promise.all(
      names.map((name) => createQueue(sqs, `${prefix}${name}`, worker.visibilityTimeoutSeconds)),
    ),
    createTable(dynamodb, table, withStream),
  ]);
  const byName = names.flatMap((name, index) => {
    const address = addresses[index];
    return address ? [[name, address] as const] : [];
  });
  return { table, queues: Object.fromEntries(byName) };
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
  const { partitionKey, sortKey, ownerIndex, timeToLive } = TABLE;
  await dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      ...(withStream && {
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
      }),
      AttributeDefinitions: [partitionKey, sortKey, ownerIndex.partitionKey].map((attribute) => ({
        AttributeName: attribute,
        AttributeType: 'S',
      })),
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: ownerIndex.name,
          KeySchema: [
            { AttributeName: ownerIndex.partitionKey, KeyType: 'HASH' },
            { AttributeName: sortKey, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    }),
  );
  await dynamodb.send(
    new UpdateTimeToLiveCommand({
      TableName: name,
      TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
    }),
  );
}
