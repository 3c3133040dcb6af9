import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';

/** Requests and units of this process: the bill before prices. */
export type Usage = {
  /** By operation, e.g. `ReceiveMessage`. Every attempt counts, as it does for AWS. */
  readonly sqsRequests: Record<string, number>;
  /** SQS requests by the URL of their queue. */
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

/** Lets DynamoDB report the capacity of every operation, and sums it up. */
export function meterDynamodb(client: DynamoDBClient, usage: Usage): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
        const result = await next(args).catch((error: unknown) => {
          if (isRefusedWrite(error)) usage.writeUnits += 1;
          throw error;
        });
        const units = capacityOf(result.output);
        if (WRITES.has(commandName)) usage.writeUnits += units;
        else usage.readUnits += units;
        return result;
      },
    { step: 'initialize', name: 'usageMeter' },
  );
}

/** Counts the operations that an S3 client is asked for, parts of large files one by one. */
export const meterS3 =
  (counts: Record<string, number>) =>
  (client: S3Client): void =>
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          countOne(counts, commandName);
          return next(args);
        },
      { step: 'initialize', name: 'usageMeter' },
    );

/**
 * A write whose condition fails is billed by the size of the existing item, but not reported. It
 * counts as 1 unit, as for an item under 1 KB.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate
 */
const isRefusedWrite = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException';

type Consumed = { readonly CapacityUnits?: number };

function capacityOf(output: object): number {
  const consumed = 'ConsumedCapacity' in output ? output.ConsumedCapacity : undefined;
  const entries = (Array.isArray(consumed) ? consumed : [consumed ?? {}]) as Consumed[];
  return entries.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}
