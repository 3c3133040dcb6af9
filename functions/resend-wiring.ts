import { DynamodbResends } from '../shared/task-log/dynamodb-resends.ts';
import type { DynamodbTable } from '../shared/task-log/dynamodb-table.ts';
import type { DynamodbTaskLogOptions } from '../shared/task-log/dynamodb-task-log.ts';
import type { Resends } from '../shared/task-log/resends.ts';

/** For the command line: functions and workers go without. */
export const createResends = (table: DynamodbTable, options: DynamodbTaskLogOptions): Resends =>
  new DynamodbResends(table, options);
