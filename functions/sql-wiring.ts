import type { Broker } from '../shared/broker/broker.ts';
import { PostgresBroker } from '../shared/broker/postgres-broker.ts';
import { PostgresDeadLetters } from '../shared/broker/postgres-dead-letters.ts';
import { databaseState } from '../shared/check/postgres-database-state.ts';
import type { DatabaseState } from '../shared/check/seen.ts';
import type { TaskQueueConfig } from '../shared/config/config.ts';
import type { DatabaseAddress, Resources } from '../shared/config/resources.ts';
import type { ControlStore } from '../shared/control/control-store.ts';
import { PostgresControlStore } from '../shared/control/postgres-control-store.ts';
import { PostgresTransactionalQueue } from '../shared/dispatcher/postgres-transactional-queue.ts';
import { BrokerUnavailableError, TaskQueueError } from '../shared/errors.ts';
import type { FileStore } from '../shared/files/file-store.ts';
import { PostgresIdempotencyStore } from '../shared/idempotency/postgres-idempotency-store.ts';
import type { QueuePlace } from '../shared/move/stranded-tasks.ts';
import { PostgresDatabase } from '../shared/sql/postgres-database.ts';
import { migrate } from '../shared/sql/postgres-schema.ts';
import { PostgresStatsReader } from '../shared/stats/postgres-stats-reader.ts';
import { PostgresLogDatabase } from '../shared/task-log/postgres-log-database.ts';
import { PostgresResends } from '../shared/task-log/postgres-resends.ts';
import { removeExpired } from '../shared/task-log/postgres-retention.ts';
import {
  PostgresTaskLog,
  type PostgresTaskLogOptions,
} from '../shared/task-log/postgres-task-log.ts';
import type { Storage } from './storage.ts';

/** What is on PostgreSQL in a configuration. */
export type SqlParts = {
  /** By queue. */
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly deadLetters: ReadonlyMap<string, Broker>;
  /** Absent: the task log is elsewhere. */
  readonly storage?: Storage;
};

/** Queues and a task log of one `persistence` share its connections. */
export function openSql(
  { queues, taskLog }: Pick<TaskQueueConfig, 'queues' | 'taskLog'>,
  { databases = {} }: Pick<Resources, 'databases'>,
  files?: FileStore,
): SqlParts {
  const opened = new Map(
    Object.entries(databases).map(([name, address]) => [name, new PostgresDatabase(address)]),
  );
  const onSql = queues.flatMap(({ name, broker }) => {
    const database = broker.type === 'rds' ? opened.get(broker.persistence) : undefined;
    return database ? [[name, database] as const] : [];
  });
  const log = taskLog.type === 'rds' ? opened.get(taskLog.persistence) : undefined;
  const { retentionDays } = taskLog;
  const besideLog = onSql.filter(([, database]) => database === log);
  return {
    brokers: new Map(onSql.map(([name, of]) => [name, new PostgresBroker(name, of)])),
    deadLetters: new Map(onSql.map(([name, of]) => [name, new PostgresDeadLetters(name, of)])),
    ...(log && {
      storage: {
        ...sqlStorage(log, { retentionDays, ...(files && { files }) }),
        transactional: new Map(
          besideLog.map(([name]) => [
            name,
            new PostgresTransactionalQueue(name, log, retentionDays),
          ]),
        ),
      },
    }),
  };
}

function sqlStorage(opened: PostgresDatabase, options: PostgresTaskLogOptions): Storage {
  const database = new PostgresLogDatabase(opened);
  return {
    log: new PostgresTaskLog(database, options),
    resends: new PostgresResends(database, options),
    control: new PostgresControlStore(database),
    idempotency: new PostgresIdempotencyStore(database),
    stats: new PostgresStatsReader(database),
    removeExpired: () => removeExpired(database, Date.now()),
  };
}

/** The live settings in this database. */
export const openSqlControl = (address: DatabaseAddress): ControlStore =>
  new PostgresControlStore(new PostgresLogDatabase(new PostgresDatabase(address)));

/**
 * Brings a database to this code's version of the schema, while workers run.
 * @returns the names of the migrations that were applied
 * @throws {SchemaMismatchError} when the database is newer than this code
 */
export const migrateDatabase = (address: DatabaseAddress): Promise<string[]> =>
  migrate(new PostgresDatabase(address));

/** @throws whatever the server, or the way to it, fails with */
export async function stateOfDatabase(
  address: DatabaseAddress | undefined,
): Promise<DatabaseState> {
  if (!address) throw new Error('it has no address');
  return databaseState(new PostgresDatabase(address));
}

/**
 * Every queue with messages in these databases, whatever a configuration says of it.
 * @throws {BrokerUnavailableError | SchemaMismatchError}
 */
export async function openSqlPlaces({
  databases = {},
}: Pick<Resources, 'databases'>): Promise<QueuePlace[]> {
  const urls = new Set(Object.values(databases).map(({ url }) => url));
  const places = [...urls].map(async (url): Promise<QueuePlace[]> => {
    const database = new PostgresDatabase({ url });
    const rows = await database
      .query<{ queue: string }>({ text: 'SELECT DISTINCT queue FROM task_queue.messages' })
      .catch((error: unknown) => {
        if (error instanceof TaskQueueError) throw error;
        throw new BrokerUnavailableError(`* at ${new URL(url).host}`, error);
      });
    return rows.map(({ queue }) => ({
      queue,
      type: 'rds',
      broker: new PostgresBroker(queue, database),
    }));
  });
  return (await Promise.all(places)).flat();
}
