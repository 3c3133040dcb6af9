import { PostgresDeadLetters } from '../../shared/postgres/broker/dead-letters.ts';
import { PostgresRedelivery } from '../../shared/postgres/task-log/redelivery.ts';
import { removeExpired } from '../../shared/postgres/task-log/retention.ts';
import type { SqlExtras } from './postgres.ts';

/** For workers, which keep the task log small. */
export const SQL_OF_WORKERS = { removeExpired } satisfies SqlExtras;

/** For the command line, which may be a worker too. */
export const SQL_OF_PEOPLE = {
  ...SQL_OF_WORKERS,
  createSqlRedelivery: (database, options) => new PostgresRedelivery(database, options),
  createSqlDeadLetters: (queue, database) => new PostgresDeadLetters(queue, database),
} satisfies SqlExtras;
