import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { type Resources, tableOf } from '../../shared/deployment/resources.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { postgresTaskLog } from '../../shared/postgres/task-log/task-log.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { meteredDocuments } from './aws.ts';

const HOUR_MS = 3_600_000;

type Place = { readonly config: TaskQueueConfig; readonly resources: Resources };

/** The log as it was written an hour ago. */
export function logAnHourAgo({ config: { taskLog }, resources }: Place): TaskLog {
  const options = { retentionDays: 30, clock: { now: () => Date.now() - HOUR_MS } };
  const database =
    taskLog.type === 'postgres' ? resources.databases?.[taskLog.persistence] : undefined;
  if (database) return postgresTaskLog(new PostgresDatabase(database), options);
  return dynamodbTaskLog(new DynamodbTable(meteredDocuments(), tableOf(resources)), options);
}
