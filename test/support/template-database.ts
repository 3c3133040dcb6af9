import { randomUUID } from 'node:crypto';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { migrate } from '../../shared/postgres/schema.ts';

/** Name of the database with this code's schema, which the databases of tests are copies of. */
export const templateName = (prefix: string): string => `${prefix}template`;

/** Creates the template of a run. @returns the prefix of all databases of the run */
export async function createTemplate(serverUrl: string): Promise<string> {
  const prefix = `test_${randomUUID().slice(0, 8)}_`;
  await onServer(serverUrl, `CREATE DATABASE ${templateName(prefix)}`);
  await migrate(new PostgresDatabase({ url: databaseUrl(serverUrl, templateName(prefix)) }));
  return prefix;
}

/** Drops the databases that tests have left, and the template. */
export async function dropDatabasesOfRun(serverUrl: string, prefix: string): Promise<void> {
  const server = await new PostgresDatabase({ url: serverUrl }).connect();
  try {
    const { rows } = await server.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { name } of rows) await server.query(`DROP DATABASE ${name} WITH (FORCE)`);
  } finally {
    await server.end();
  }
}

/** Runs one statement on the server, outside of all test databases. */
export async function onServer(serverUrl: string, sql: string): Promise<void> {
  const server = await new PostgresDatabase({ url: serverUrl }).connect();
  await server.query(sql).finally(() => server.end());
}

/** URL of another database of the same server. */
export const databaseUrl = (serverUrl: string, name: string): string => {
  const url = new URL(serverUrl);
  url.pathname = name;
  return url.href;
};
