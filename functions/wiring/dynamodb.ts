import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { namingItsServer } from '../../shared/aws/no-answer.ts';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import {
  DynamodbControlStore,
  DynamodbIdempotencyStore,
  DynamodbStatsReader,
} from '../../shared/dynamodb/stores.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import type { Inserts } from '../../shared/dynamodb/task-log/recorder.ts';
import {
  type DynamodbTaskLogOptions,
  dynamodbTaskLog,
} from '../../shared/dynamodb/task-log/task-log.ts';
import type { StoredFiles } from '../../shared/files/file-store.ts';
import type { PendingRedelivery } from '../../shared/task-log/redelivery.ts';
import type { AwsSettings } from './aws-settings.ts';
import type { Storage } from './storage.ts';

/** A dead host must not cost a caller more than this before the next attempt, in milliseconds. */
const CONNECTION_TIMEOUT_MS = 3000;

/** A request to DynamoDB takes milliseconds; one that takes this long goes nowhere. */
const REQUEST_TIMEOUT_MS = 5000;

/** The client of every DynamoDB request, for the benchmark too. */
export const createDynamodbClient = (
  endpoint: string | undefined,
  settings: AwsSettings = {},
): DynamoDBClient =>
  namingItsServer(
    new DynamoDBClient({
      ...settings,
      endpoint,
      requestHandler: {
        connectionTimeout: CONNECTION_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    }),
  );

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
