import type { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { DynamodbResends } from '../../shared/dynamodb/task-log/resends.ts';
import type { DynamodbTaskLogOptions } from '../../shared/dynamodb/task-log/task-log.ts';
import type { Resends } from '../../shared/task-log/resends.ts';

/** For the command line: functions and workers go without. */
export const createResends = (table: DynamodbTable, options: DynamodbTaskLogOptions): Resends =>
  new DynamodbResends(table, options);
