import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** What this process asked AWS for, counted: the bill, before prices. */
export type Usage = {
  /** By operation, e.g. `ReceiveMessage`. Every attempt counts, as it does for AWS. */
  readonly sqsRequests: Record<string, number>;
  /** The same requests by the URL of the queue they went to. */
  readonly sqsRequestsByQueueUrl: Record<string, number>;
  /** As DynamoDB reported them. */
  writeUnits: number;
  readUnits: number;
};

export const newUsage = (): Usage => ({
  sqsRequests: {},
  sqsRequestsByQueueUrl: {},
  writeUnits: 0,
  readUnits: 0,
});

const WRITES = new Set([
  'BatchExecuteStatementCommand',
  'BatchWriteItemCommand',
  'DeleteItemCommand',
  'PutItemCommand',
  'TransactWriteItemsCommand',
  'UpdateItemCommand',
]);

/** For an SqsClient's `beforeRequest`: counts every request, retries included. */
export const meterSqs =
  ({ sqsRequests, sqsRequestsByQueueUrl }: Usage) =>
  (operation: string, queueUrl: string): void => {
    countOne(sqsRequests, operation);
    countOne(sqsRequestsByQueueUrl, queueUrl);
  };

function countOne(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

/** Has DynamoDB report the capacity of every operation, and adds it up. */
export function meterDynamodb(client: DynamoDBClient, usage: Usage): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
        const result = await next(args);
        const units = capacityOf(result.output);
        if (WRITES.has(commandName)) usage.writeUnits += units;
        else usage.readUnits += units;
        return result;
      },
    { step: 'initialize', name: 'usageMeter' },
  );
}

type Consumed = { readonly CapacityUnits?: number };

function capacityOf(output: object): number {
  const consumed = 'ConsumedCapacity' in output ? output.ConsumedCapacity : undefined;
  const entries = (Array.isArray(consumed) ? consumed : [consumed ?? {}]) as Consumed[];
  return entries.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}
