import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { type Resources, tableOf } from '../../shared/config/resources.ts';
import { PostgresDatabase } from '../../shared/sql/postgres-database.ts';
import { DynamodbTable } from '../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../shared/task-log/dynamodb-task-log.ts';
import { PostgresTaskLog } from '../../shared/task-log/postgres-task-log.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { meteredDocuments } from './aws.ts';

const HOUR_MS = 3_600_000;

type Place = { readonly config: TaskQueueConfig; readonly resources: Resources };

/** The log as it was written an hour ago. */
export function logAnHourAgo({ config: { taskLog }, resources }: Place): TaskLog {
  const options = { retentionDays: 30, clock: { now: () => Date.now() - HOUR_MS } };
  const database = taskLog.type === 'rds' ? resources.databases?.[taskLog.persistence] : undefined;
  if (database) return new PostgresTaskLog(new PostgresDatabase(database), options);
  return new DynamodbTaskLog(new DynamodbTable(meteredDocuments(), tableOf(resources)), options);
}
