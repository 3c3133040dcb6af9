import type { Client } from 'pg';
import { SchemaMismatchError } from '../errors.ts';
import { assertSchema } from '../sql/postgres-schema.ts';
import type { DatabaseState } from './seen.ts';

/** @throws whatever the server, or the way to it, fails with */
export async function databaseState(database: {
  connect(): Promise<Client>;
}): Promise<DatabaseState> {
  const client = await database.connect();
  try {
    await assertSchema(client);
    return {};
  } catch (error) {
    if (error instanceof SchemaMismatchError) return { mismatch: error };
    throw error;
  } finally {
    await client.end();
  }
}
