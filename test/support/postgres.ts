import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { inject, onTestFinished } from 'vitest';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { databaseUrl, onServer, templateName } from './template-database.ts';

/** Registers an action for the end. Concurrent tests pass that of their context. */
export type AtTheEnd = (act: () => Promise<void>) => void;

export type TestDatabase = { readonly url: string; readonly drop: () => Promise<void> };

/** Creates a database without a schema that no other test uses. The caller drops it. */
export const createDatabase = (): Promise<TestDatabase> => create('');

const createMigrated = (): Promise<TestDatabase> =>
  create(`TEMPLATE ${templateName(inject('databasePrefix'))}`);

async function create(options: string): Promise<TestDatabase> {
  const server = inject('databaseUrl');
  const name = `${inject('databasePrefix')}${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `CREATE DATABASE ${name} ${options}`);
  // Not awaited: a server waits for its slowest connection, which may be one that a test has silenced.
  // The end of the run drops the rest.
  const drop = async (): Promise<void> => {
    void onServer(server, `DROP DATABASE ${name} WITH (FORCE)`).catch(() => undefined);
  };
  return { url: databaseUrl(server, name), drop };
}

/** Creates a database without a schema and drops it at the end of the test. @returns its URL */
export const emptyDatabase = async (atTheEnd?: AtTheEnd): Promise<string> =>
  droppedAtTheEnd(await createDatabase(), atTheEnd);

/** Creates a database with the schema of this code and drops it at the end. @returns its URL */
export const migratedDatabase = async (atTheEnd?: AtTheEnd): Promise<string> =>
  droppedAtTheEnd(await createMigrated(), atTheEnd);

function droppedAtTheEnd({ url, drop }: TestDatabase, atTheEnd: AtTheEnd = onTestFinished): string {
  atTheEnd(drop);
  return url;
}

/** A connection that ends with the test. @default to a database of its own */
export async function openDatabase(
  url?: string,
  atTheEnd: AtTheEnd = onTestFinished,
): Promise<PostgresDatabase> {
  const database = new PostgresDatabase({ url: url ?? (await migratedDatabase(atTheEnd)) });
  atTheEnd(() => database.end());
  return database;
}

type Reusable = { readonly url: string; readonly client: Client; readonly tables: string[] };

const unused: Reusable[] = [];

/**
 * A database with empty tables, which a later test of this process uses again. Emptying takes a
 * hundredth of the time of a new database. The test must not change the schema. @returns its URL
 */
export async function reusedDatabase(): Promise<string> {
  const reusable = unused.pop() ?? (await createReusable());
  onTestFinished(async () => {
    await reusable.client.query(reusable.tables.map((table) => `DELETE FROM ${table}`).join(';'));
    unused.push(reusable);
  });
  return reusable.url;
}

/** A connection to a database that is used again, which ends with the test. */
export const openReusedDatabase = async (): Promise<PostgresDatabase> =>
  openDatabase(await reusedDatabase());

async function createReusable(): Promise<Reusable> {
  const { url } = await createMigrated();
  const client = await new PostgresDatabase({ url }).connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname = 'task_queue' AND tablename <> 'migrations'`,
  );
  return { url, client, tables: rows.map(({ name }) => name) };
}
