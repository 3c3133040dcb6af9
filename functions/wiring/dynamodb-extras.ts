import { InsertBatcher } from '../../shared/dynamodb/task-log/insert-batcher.ts';
import { DynamodbRedelivery } from '../../shared/dynamodb/task-log/redelivery.ts';
import type { DynamodbExtras } from './dynamodb.ts';

/** For the command line. Lambdas and workers go without, so that their bundles stay small. */
export const DYNAMODB_OF_PEOPLE = {
  createInserts: (...parts) => new InsertBatcher(...parts),
  createRedelivery: (table, options) => new DynamodbRedelivery(table, options),
} satisfies DynamodbExtras;
