import type { Broker } from '../shared/broker/broker.ts';
import { PostgresBroker } from '../shared/broker/postgres-broker.ts';
import { PostgresDeadLetters } from '../shared/broker/postgres-dead-letters.ts';
import type { TaskQueueConfig } from '../shared/config/config.ts';
import type { DatabaseAddress, Resources } from '../shared/config/resources.ts';
import type { QueuePlace } from '../shared/move/stranded-tasks.ts';
import { PostgresDatabase } from '../shared/sql/postgres-database.ts';
import { migrate } from '../shared/sql/postgres-schema.ts';

/** By queue, what serves the queues on PostgreSQL. */
export type SqlBrokers = {
  readonly brokers: ReadonlyMap<string, Broker>;
  readonly deadLetters: ReadonlyMap<string, Broker>;
};

/** Queues of one `persistence` share its connections. */
export function createSqlBrokers(
  { queues }: Pick<TaskQueueConfig, 'queues'>,
  { databases = {} }: Pick<Resources, 'databases'>,
): SqlBrokers {
  const opened = new Map(
    Object.entries(databases).map(([name, address]) => [name, new PostgresDatabase(address)]),
  );
  const onSql = queues.flatMap(({ name, broker }) => {
    const database = broker.type === 'rds' ? opened.get(broker.persistence) : undefined;
    return database ? [[name, database] as const] : [];
  });
  return {
    brokers: new Map(onSql.map(([name, of]) => [name, new PostgresBroker(name, of)])),
    deadLetters: new Map(onSql.map(([name, of]) => [name, new PostgresDeadLetters(name, of)])),
  };
}

/**
 * Brings a database to this code's version of the schema, while workers run.
 * @returns the names of the migrations that were applied
 * @throws {SchemaMismatchError} when the database is newer than this code
 */
export const migrateDatabase = (address: DatabaseAddress): Promise<string[]> =>
  migrate(new PostgresDatabase(address));

/** Every queue with messages in these databases, whatever a configuration says of it. */
export async function openSqlPlaces({
  databases = {},
}: Pick<Resources, 'databases'>): Promise<QueuePlace[]> {
  const urls = new Set(Object.values(databases).map(({ url }) => url));
  const places = [...urls].map(async (url): Promise<QueuePlace[]> => {
    const database = new PostgresDatabase({ url });
    const rows = await database.query<{ queue: string }>({
      text: 'SELECT DISTINCT queue FROM task_queue.messages',
    });
    return rows.map(({ queue }) => ({
      queue,
      type: 'rds',
      broker: new PostgresBroker(queue, database),
    }));
  });
  return (await Promise.all(places)).flat();
}
