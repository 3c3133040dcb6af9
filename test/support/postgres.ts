import { randomUUID } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { PostgresDatabase } from '../../shared/sql/postgres-database.ts';
import { migrate } from '../../shared/sql/postgres-schema.ts';

/** A database that no other test uses, without a schema, which goes with the test. @returns its URL */
export async function emptyDatabase(): Promise<string> {
  const url = new URL(inject('databaseUrl'));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const onServer = async (sql: string): Promise<void> => {
    const server = await new PostgresDatabase({ url: inject('databaseUrl') }).connect();
    await server.query(sql).finally(() => server.end());
  };
  await onServer(`CREATE DATABASE ${name}`);
  onTestFinished(() => onServer(`DROP DATABASE ${name} WITH (FORCE)`));
  url.pathname = name;
  return url.href;
}

/** The same with the schema of this code. @returns its URL */
export async function migratedDatabase(): Promise<string> {
  const url = await emptyDatabase();
  await migrate(new PostgresDatabase({ url }));
  return url;
}

/** A connection to it that ends with the test. */
export async function openDatabase(url?: string): Promise<PostgresDatabase> {
  const database = new PostgresDatabase({ url: url ?? (await migratedDatabase()) });
  onTestFinished(() => database.end());
  return database;
}
