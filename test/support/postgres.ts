import { randomUUID } from 'node:crypto';
import { inject, onTestFinished } from 'vitest';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { migrate } from '../../shared/postgres/schema.ts';

/** What is to be done at the end. */
export type AtTheEnd = (act: () => Promise<void>) => void;

export type TestDatabase = { readonly url: string; readonly drop: () => Promise<void> };

/** A database that no other test uses, without a schema, for the caller to drop. */
export async function createDatabase(): Promise<TestDatabase> {
  const url = new URL(inject('databaseUrl'));
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const onServer = async (sql: string): Promise<void> => {
    const server = await new PostgresDatabase({ url: inject('databaseUrl') }).connect();
    await server.query(sql).finally(() => server.end());
  };
  await onServer(`CREATE DATABASE ${name}`);
  url.pathname = name;
  return { url: url.href, drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** The same, which goes with the test, unless another end is named. @returns its URL */
export async function emptyDatabase(atTheEnd: AtTheEnd = onTestFinished): Promise<string> {
  const { url, drop } = await createDatabase();
  atTheEnd(drop);
  return url;
}

/** The same with the schema of this code. */
export async function migratedDatabase(atTheEnd?: AtTheEnd): Promise<string> {
  const url = await emptyDatabase(atTheEnd);
  await migrate(new PostgresDatabase({ url }));
  return url;
}

/** A connection to it that ends with the test. */
export async function openDatabase(url?: string): Promise<PostgresDatabase> {
  const database = new PostgresDatabase({ url: url ?? (await migratedDatabase()) });
  onTestFinished(() => database.end());
  return database;
}
