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

test('a transaction sees what others commit meanwhile, whatever the default of the database', async () => {
  const url = await migratedDatabase();
  const admin = await openDatabase(url);
  await admin.query({ text: alter(url, 'default_transaction_isolation = serializable') });
  const database = await openDatabase(url);

  const level = await database.transaction((sql) =>
    sql.query({ text: 'SHOW transaction_isolation' }),
  );

  expect(level).toEqual([{ transaction_isolation: 'read committed' }]);
});

test('a writer that has become a reader is left for the new one', async () => {
  const url = await migratedDatabase();
  const admin = await openDatabase(url);
  await admin.query({ text: alter(url, 'default_transaction_read_only = on') });
  const database = await openDatabase(url);

  const stored = await database.transaction(async (sql) => {
    await sql.query({ text: 'SELECT' });
    await admin.query({ text: alter(url, 'default_transaction_read_only = off') });
    return sql.query({ text: 'CREATE TABLE written ()' });
  });

  expect(stored).toEqual([]);
});

test('a transaction whose process stalls loses its locks, and is repeated', async () => {
  const url = await migratedDatabase();
  const [database, other] = [await openDatabase(url), await openDatabase(url)];
  const lock = { text: 'LOCK TABLE task_queue.control' };
  let tries = 0;

  await database.transaction(async (sql) => {
    tries += 1;
    await sql.query(lock);
    if (tries === 1) await other.transaction((others) => others.query(lock));
    await sql.query({ text: 'SELECT' });
  });

  expect(tries).toBe(2);
});

const alter = (url: string, setting: string): string =>
  `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET ${setting}`;
