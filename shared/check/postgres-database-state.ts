import type { Client } from 'pg';
import { schemaVersion } from '../sql/postgres-schema.ts';
import type { DatabaseState } from './seen.ts';

/** @throws whatever the server, or the way to it, fails with */
export async function databaseState(database: {
  connect(): Promise<Client>;
}): Promise<DatabaseState> {
  const client = await database.connect();
  try {
    return { schemaVersion: await schemaVersion(client) };
  } finally {
    await client.end();
  }
}
