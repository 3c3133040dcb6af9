import { expect, test } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { migratedDatabase, openDatabase } from '../support/postgres.ts';

/** Longer than it takes this process to learn that a connection has ended. */
const TOLD_MS = 200;

test('a connection that is cut between two statements ends neither the process nor the work', async () => {
  const url = await migratedDatabase();
  const [database, admin] = [await openDatabase(url), await openDatabase(url)];
  let tries = 0;

  const answer = await database.transaction(async (sql) => {
    tries += 1;
    const [row] = await sql.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' });
    if (tries === 1) {
      await admin.query({ text: 'SELECT pg_terminate_backend($1)', values: [row?.pid] });
      await pause(TOLD_MS);
    }
    return sql.query({ text: 'SELECT 1 AS one' });
  });

  expect(answer).toEqual([{ one: 1 }]);
  expect(tries).toBe(2);
});
