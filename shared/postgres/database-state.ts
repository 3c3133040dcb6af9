import type { Client } from 'pg';
import type { DatabaseState } from '../check/seen.ts';
import { SchemaMismatchError } from '../errors.ts';
import { assertSchema } from './schema.ts';

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
