import {
  type AttributeValue,
  BatchWriteItemCommand,
  DescribeTableCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { startDynamodb } from '../../functions/dev/servers/emulators.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { createLocalResources } from '../../functions/wiring/local-resources.ts';
import {
  DynamodbStatsRepairStore,
  DynamodbStatsStore,
} from '../../shared/dynamodb/stats/stats-store.ts';

import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { DynamodbTableStream } from '../../shared/dynamodb/table-stream.ts';
import { DynamodbTransactions } from '../../shared/dynamodb/transactions.ts';
import type { StreamRecord } from '../../shared/table-stream/table-stream.ts';
import { aConfig } from './a-config.ts';
import { ACCESS, dynamodbClient, sqsClient } from './aws.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
export const MAX_BATCH_WRITE = 25;

/** A table with a stream, on a DynamoDB server of its own: only streams need one that is prepared. */
export async function startStreamTable() {
  const processes = new ProcessGroup();
  const endpoint = await startDynamodb(processes, true);
  const client = dynamodbClient(endpoint);
  const config = aConfig();
  const parts = { sqs: sqsClient(), dynamodb: client, prefix: `${process.pid}-`, withStream: true };
  const resources = await createLocalResources(
    { queues: config.queues, worker: config.worker },
    parts,
  );
  const name = resources.table;
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  const streams = new DynamoDBStreamsClient({ ...ACCESS, endpoint });
  const documents = DynamoDBDocumentClient.from(client);
  const table = new DynamodbTable(documents, name);

  return {
    processes,
    endpoint,
    config,
    resources,
    table,
    stream: new DynamodbTableStream(streams, Table?.LatestStreamArn ?? ''),
    stats: new DynamodbStatsStore(table, new DynamodbTransactions(documents, name)),
    /** With chunks so small that a partition has several. */
    repairStore: new DynamodbStatsRepairStore(documents, name, 3),
    /** Makes changes to the table, at most 25, each of another item, of which these are the records. */
    write: async (records: readonly StreamRecord[]): Promise<void> => {
      const requests = records.map(({ dynamodb: { Keys = {}, NewImage } = {} }) =>
        NewImage
          ? { PutRequest: { Item: NewImage as Attributes } }
          : { DeleteRequest: { Key: Keys as Attributes } },
      );
      await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: requests } }));
    },
    stop: async (): Promise<void> => {
      await processes.stopAll();
      client.destroy();
      streams.destroy();
    },
  };
}

export type StreamTable = Awaited<ReturnType<typeof startStreamTable>>;

type Attributes = Record<string, AttributeValue>;
