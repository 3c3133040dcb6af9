import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { expect, test } from 'vitest';
import { createLocalResources } from '../../functions/wiring/local-resources.ts';
import { TABLE_INDEXES } from '../../shared/deployment/table.ts';
import { aConfig } from '../support/a-config.ts';
import { dynamodbClient, s3Client, sqsClient } from '../support/aws.ts';

function setup() {
  const created: string[] = [];
  const clients = {
    sqs: sqsClient(),
    s3: s3Client(),
    dynamodb: dynamodbClient(),
    prefix: `${randomUUID().slice(0, 8)}-`,
    onCreated: (what: string) => created.push(what),
  };
  return { clients, created };
}

async function indexesOf(table: string): Promise<string[]> {
  const { Table } = await dynamodbClient().send(new DescribeTableCommand({ TableName: table }));
  return (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName = '' }) => IndexName).sort();
}

const ALL_INDEXES = TABLE_INDEXES.map(({ name }) => name).sort();

test('what is there already stays, and what is missing is created', async () => {
  const { clients, created } = setup();
  const before = await createLocalResources(aConfig(), clients);
  const { queues } = aConfig();
  const more = { name: 'more', weight: 1, broker: { type: 'sqs' } };

  const after = await createLocalResources(aConfig({ queues: [...queues, more] }), clients);

  expect(after).toMatchObject({ ...before, queues: before.queues });
  expect(created).toEqual(['queue "main"', `table "${before.table}"`, 'queue "more"']);
});

test('a queue that is there gets the visibility timeout of the configuration', async () => {
  const { clients } = setup();
  await createLocalResources(aConfig({ worker: { visibilityTimeoutSeconds: 30 } }), clients);

  const { queues } = await createLocalResources(
    aConfig({ worker: { visibilityTimeoutSeconds: 45 } }),
    clients,
  );

  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queues['main']?.url, AttributeNames: ['All'] }),
  );
  expect(Attributes).toMatchObject({
    VisibilityTimeout: '45',
    MessageRetentionPeriod: String(14 * 86_400),
  });
});

test('a table without indexes and time to live, as an earlier version or a crash left it, gets them', async () => {
  const { clients } = setup();
  const { dynamodb, prefix } = clients;
  const keys = ['pk', 'sk'].map((AttributeName) => ({ AttributeName }));
  const TableName = `${prefix}task-log`;
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((key) => ({ ...key, AttributeType: 'S' })),
      KeySchema: keys.map((key, index) => ({ ...key, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    }),
  );

  await createLocalResources(aConfig(), clients);
  await createLocalResources(aConfig(), clients);

  expect(await indexesOf(TableName)).toEqual(ALL_INDEXES);
  const { TimeToLiveDescription } = await dynamodb.send(
    new DescribeTimeToLiveCommand({ TableName }),
  );
  expect(TimeToLiveDescription).toMatchObject({ TimeToLiveStatus: 'ENABLED' });
});
