import { type Access, databaseTokens } from '../../shared/aws/signed-http.ts';

import type { Broker } from '../../shared/broker/broker.ts';
import type { DatabaseState } from '../../shared/check/seen.ts';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import type { ControlStore } from '../../shared/control/control-store.ts';
import type { DatabaseAddress, Resources } from '../../shared/deployment/resources.ts';
import { BrokerUnavailableError, TaskQueueError } from '../../shared/errors.ts';
import type { StoredFiles } from '../../shared/files/file-store.ts';
import type { QueuePlace } from '../../shared/move/move-tasks.ts';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { admit, databaseState, migrate } from '../../shared/postgres/schema.ts';
import { PostgresLogDatabase, type SqlDatabase } from '../../shared/postgres/sql.ts';
import {
  PostgresControlStore,
  PostgresIdempotencyStore,
  PostgresStatsReader,
} from '../../shared/postgres/stores.ts';
import {
  type PostgresTaskLogOptions,
  postgresTaskLog,
} from '../../shared/postgres/task-log/task-log.ts';
import { PostgresTransactionalQueue } from '../../shared/postgres/transactional-queue.ts';
import type { PendingRedelivery } from '../../shared/task-log/redelivery.ts';
import type { Opened, Storage } from './storage.ts';

/** The parts of a configuration that are on PostgreSQL. */
export type SqlParts = {
  /** By queue. */
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly deadLetters: ReadonlyMap<string, Broker>;
  /** Absent: the task log is elsewhere. */
  readonly storage?: Storage;
};

/** Parts that only some bundles contain: see extras.ts. */
export type SqlExtras = {
  readonly createSqlRedelivery?: (
    database: SqlDatabase,
    options: PostgresTaskLogOptions,
  ) => PendingRedelivery;
  readonly createSqlDeadLetters?: (queue: string, database: PostgresDatabase) => Broker;
  readonly removeExpired?: (database: SqlDatabase) => Promise<number>;
  readonly opened?: Opened;
};

/** Queues and a task log of one `persistence` share its connections. */
export function openSql(
  { queues, taskLog }: Pick<TaskQueueConfig, 'queues' | 'taskLog'>,
  { databases = {} }: Pick<Resources, 'databases'>,
  access: Access,
  extras: SqlExtras & { readonly files?: StoredFiles | undefined } = {},
): SqlParts {
  const { opened: onOpened } = extras;
  const opened = new Map(
    Object.entries(databases).map(([name, address]) => [
      name,
      openDatabase(address, access, onOpened),
    ]),
  );
  const onSql = queues.flatMap(({ name, broker }) => {
    const database = broker.type === 'postgres' ? opened.get(broker.persistence) : undefined;
    return database ? [[name, database] as const] : [];
  });
  const log = taskLog.type === 'postgres' ? opened.get(taskLog.persistence) : undefined;
  const { retentionDays } = taskLog;
  const besideLog = onSql.filter(([, database]) => database === log);
  return {
    brokers: new Map(onSql.map(([name, of]) => [name, new PostgresBroker(name, of)])),
    deadLetters: new Map(
      onSql.flatMap(([name, of]) => {
        const letters = extras.createSqlDeadLetters?.(name, of);
        return letters ? [[name, letters]] : [];
      }),
    ),
    storage: log && {
      ...sqlStorage(log, taskLog, extras),
      transactional: new Map(
        besideLog.map(([name]) => [name, new PostgresTransactionalQueue(name, log, retentionDays)]),
      ),
    },
  };
}

function sqlStorage(
  opened: PostgresDatabase,
  { retentionDays }: Pick<PostgresTaskLogOptions, 'retentionDays'>,
  { files, createSqlRedelivery, removeExpired }: NonNullable<Parameters<typeof openSql>[3]>,
): Storage {
  const database = new PostgresLogDatabase(opened);
  const options = { retentionDays, files };
  return {
    log: postgresTaskLog(database, options),
    redelivery: createSqlRedelivery?.(database, options),
    control: new PostgresControlStore(database),
    idempotency: new PostgresIdempotencyStore(database),
    stats: new PostgresStatsReader(database),
    removeExpired: removeExpired && (() => removeExpired(database)),
  };
}

/** @param access whose tokens are a password where the address says so */
function openDatabase(
  address: DatabaseAddress,
  access: Access,
  opened: Opened | undefined,
): PostgresDatabase {
  const database = new PostgresDatabase(address, {
    password: address.iam ? databaseTokens(address.url, access) : undefined,
  });
  opened?.(() => database.end());
  return database;
}

/** The live settings in this database. */
export const openSqlControl = (
  address: DatabaseAddress,
  access: Access,
  opened?: Opened,
): ControlStore =>
  new PostgresControlStore(new PostgresLogDatabase(openDatabase(address, access, opened)));

/**
 * Brings a database to this code's version of the schema, while workers run.
 * @returns the names of the migrations that were applied
 * @throws {SchemaMismatchError} when the database is newer, and this code does not work with it
 */
export async function migrateDatabase(address: DatabaseAddress): Promise<string[]> {
  const database = new PostgresDatabase(address);
  try {
    return await migrate(database);
  } finally {
    await database.end();
  }
}

/** A deployment has the time to wait for a database that has just been made, in milliseconds. */
const DEPLOYMENT_WAITS_MS = 120_000;
/** And for a table's lock: its function ends after ten minutes. */
const DEPLOYMENT_WAITS_FOR_LOCKS_MS = 480_000;

/**
 * Migrates with the URL of the schema's owner, and grants its use to a user who may not change it.
 * @returns the names of the migrations that were applied
 */
export async function prepareDatabase(ownerUrl: string, user: string): Promise<string[]> {
  const database = new PostgresDatabase({ url: ownerUrl }, { giveUpAfterMs: DEPLOYMENT_WAITS_MS });
  const applied = await migrate(database, undefined, DEPLOYMENT_WAITS_FOR_LOCKS_MS);
  await admit(database, user);
  return applied;
}

/** @throws whatever the server, or the way to it, fails with */
export async function stateOfDatabase(
  address: DatabaseAddress | undefined,
  access: Access,
  opened?: Opened,
): Promise<DatabaseState> {
  if (!address) throw new Error('it has no address');
  return databaseState(openDatabase(address, access, opened));
}

/** One look into the index for each, however many messages there are. */
const QUEUES = `
  WITH RECURSIVE queues AS (
    (SELECT queue FROM task_queue.messages ORDER BY queue LIMIT 1)
    UNION ALL
    SELECT (
      SELECT message.queue FROM task_queue.messages AS message
      WHERE message.queue > queues.queue ORDER BY message.queue LIMIT 1
    ) FROM queues WHERE queues.queue IS NOT NULL
  )
  SELECT queue FROM queues WHERE queue IS NOT NULL`;

/**
 * Every queue with messages in these databases, whatever a configuration says of it.
 * @throws {BrokerUnavailableError | SchemaMismatchError}
 */
export async function openSqlPlaces(
  { databases = {} }: Pick<Resources, 'databases'>,
  access: Access,
  opened?: Opened,
): Promise<QueuePlace[]> {
  const addresses = new Map(Object.values(databases).map((address) => [address.url, address]));
  const places = [...addresses.values()].map(async (address): Promise<QueuePlace[]> => {
    const database = openDatabase(address, access, opened);
    const rows = await database
      .query<{ queue: string }>({ text: QUEUES })
      .catch((error: unknown) => {
        if (error instanceof TaskQueueError) throw error;
        throw new BrokerUnavailableError(`* at ${new URL(address.url).host}`, error);
      });
    return rows.map(({ queue }) => ({
      queue,
      type: 'postgres',
      broker: new PostgresBroker(queue, database),
    }));
  });
  return (await Promise.all(places)).flat();
}
