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
import { TABLE, TABLE_INDEXES } from '../../shared/deployment/table.ts';

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
