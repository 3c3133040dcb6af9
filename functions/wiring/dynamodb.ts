import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import {
  DynamodbControlStore,
  DynamodbIdempotencyStore,
  DynamodbStatsReader,
} from '../../shared/dynamodb/stores.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import type { Inserts } from '../../shared/dynamodb/task-log/insert-batcher.ts';
import {
  type DynamodbTaskLogOptions,
  dynamodbTaskLog,
} from '../../shared/dynamodb/task-log/task-log.ts';
import type { StoredFiles } from '../../shared/files/file-store.ts';
import type { PendingRedelivery } from '../../shared/task-log/redelivery.ts';
import type { Storage } from './storage.ts';

/** Parts that only some bundles contain. */
export type DynamodbExtras = {
  readonly createRedelivery?: (
    table: DynamodbTable,
    options: DynamodbTaskLogOptions,
  ) => PendingRedelivery;
  /** For processes that enqueue many tasks: how their first records are written. */
  readonly createInserts?: CreateInserts;
};

type CreateInserts = (
  client: DynamoDBDocumentClient,
  tableName: string,
  table: DynamodbTable,
) => Inserts;

/** The task log, and what else is kept in its table. */
export function dynamodbStorage(
  client: DynamoDBClient,
  tableName: string,
  taskLog: Extract<TaskQueueConfig['taskLog'], { type: 'dynamodb' }>,
  {
    files,
    createInserts,
    createRedelivery,
  }: DynamodbExtras & { readonly files?: StoredFiles | undefined },
): Storage {
  const documents = DynamoDBDocumentClient.from(client);
  const table = new DynamodbTable(documents, tableName);
  const options = {
    retentionDays: taskLog.retentionDays,
    inserts: createInserts?.(documents, tableName, table) ?? table,
    files,
  };
  return {
    log: dynamodbTaskLog(table, options),
    redelivery: createRedelivery?.(table, options),
    control: new DynamodbControlStore(table),
    idempotency: new DynamodbIdempotencyStore(table),
    stats: new DynamodbStatsReader(table),
  };
}
