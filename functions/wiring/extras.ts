import { InsertBatcher } from '../../shared/dynamodb/task-log/recorder.ts';
import { DynamodbRedelivery } from '../../shared/dynamodb/task-log/redelivery.ts';
import { PostgresDeadLetters } from '../../shared/postgres/broker/dead-letters.ts';
import { removeExpired } from '../../shared/postgres/stores.ts';
import { PostgresRedelivery } from '../../shared/postgres/task-log/redelivery.ts';
import type { DynamodbExtras } from './dynamodb.ts';
import type { SqlExtras } from './postgres.ts';

// Parts that only some processes use. The others do not import them, so that their bundles stay small.

/** For the command line, which enqueues many tasks and redrives dead letters. */
export const DYNAMODB_FOR_CLI = {
  createInserts: (...parts) => new InsertBatcher(...parts),
  createRedelivery: (table, options) => new DynamodbRedelivery(table, options),
} satisfies DynamodbExtras;

/** For workers, which delete expired records. */
export const SQL_FOR_WORKERS = { removeExpired } satisfies SqlExtras;

/** For the command line, which may run a worker too. */
export const SQL_FOR_CLI = {
  removeExpired,
  createSqlRedelivery: (database, options) => new PostgresRedelivery(database, options),
  createSqlDeadLetters: (queue, database) => new PostgresDeadLetters(queue, database),
} satisfies SqlExtras;
