import type { Pool } from 'pg';
import { messageOf } from './ours.ts';

/** Rows per statement, each with one parameter. PostgreSQL allows 65,535 parameters. */
const ROWS = 1000;

/**
 * Inserts of a thousand rows each, as many at once as the pool has connections.
 * @param rowOf the values of a row, whose body is at the place
 */
export async function insertMany(
  pool: Pool,
  indexes: readonly number[],
  insert: string,
  rowOf: (place: string) => string,
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(indexes.length / ROWS) }, (_, batch) =>
    indexes.slice(batch * ROWS, (batch + 1) * ROWS),
  );
  await Promise.all(
    batches.map((batch) => {
      const rows = batch.map((_, place) => rowOf(`$${place + 1}`));
      const bodies = batch.map((index) => messageOf(index).body);
      return pool.query(`${insert} ${rows.join(',')}`, bodies);
    }),
  );
}
