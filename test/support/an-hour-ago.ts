import { DynamodbTable } from '../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../shared/task-log/dynamodb-task-log.ts';
import { meteredDocuments } from './aws.ts';

const HOUR_MS = 3_600_000;

/** The log as it was written an hour ago. */
export const logAnHourAgo = (table: string, isEconomy = false): DynamodbTaskLog =>
  new DynamodbTaskLog(new DynamodbTable(meteredDocuments(), table), {
    retentionDays: 30,
    isEconomy,
    clock: { now: () => Date.now() - HOUR_MS },
  });
