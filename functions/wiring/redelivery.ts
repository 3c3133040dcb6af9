import type { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { DynamodbRedelivery } from '../../shared/dynamodb/task-log/redelivery.ts';
import type { DynamodbTaskLogOptions } from '../../shared/dynamodb/task-log/task-log.ts';
import type { PendingRedelivery } from '../../shared/task-log/redelivery.ts';

/** For the command line: functions and workers go without. */
export const createRedelivery = (
  table: DynamodbTable,
  options: DynamodbTaskLogOptions,
): PendingRedelivery => new DynamodbRedelivery(table, options);
