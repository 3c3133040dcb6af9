import { expect, test } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { MIGRATIONS } from '../../shared/postgres/migrations.ts';
import { migrate } from '../../shared/postgres/schema.ts';
import { emptyDatabase, openDatabase } from '../support/postgres.ts';

const NAMES = MIGRATIONS.map(({ name }) => name);

test('every migration is applied once, however often they are asked for', async () => {
  const database = await openDatabase(await emptyDatabase());

  const first = await migrate(database);
  const second = await migrate(database);

  expect(first).toEqual(NAMES);
  expect(second).toEqual([]);
});

test('of many callers at once, each finds the schema complete and one has made it', async () => {
  const database = await openDatabase(await emptyDatabase());

  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(database)));

  expect(applied.flat().toSorted()).toEqual(NAMES.toSorted());
});

test('a migration that fails leaves the schema as it was, and the next run goes on from there', async () => {
  const database = await openDatabase(await emptyDatabase());
  const broken = { name: 'fails half way', sql: 'CREATE TABLE half (); SELECT 1 / 0' };
  const fixed = { name: 'fixed', sql: 'CREATE TABLE half ()' };

  await expect(migrate(database, [...MIGRATIONS, broken])).rejects.toThrow('division by zero');

  expect(await migrate(database, [...MIGRATIONS, fixed])).toEqual(['fixed']);
});

test('a migration gives way to a long statement, and is applied when that has ended', async () => {
  const database = await openDatabase();
  const reader = await database.connect();
  await reader.query('BEGIN; SELECT FROM task_queue.messages');
  const alter = { name: 'alter', sql: 'ALTER TABLE task_queue.messages ADD COLUMN extra text' };

  const migrating = migrate(database, [...MIGRATIONS, alter]);
  await pause(2500); // once it waits for the lock, all who come later wait behind it: 2 s, no longer
  const duringThat = await database.query({ text: 'SELECT FROM task_queue.messages' });
  await reader.query('COMMIT');
  await reader.end();

  expect(duringThat).toEqual([]);
  expect(await migrating).toEqual(['alter']);
});

/** The database, with a schema of this many versions, the last of which needs code of that version. */
async function databaseWith(version: number, compatibleSince: number) {
  const database = await openDatabase();
  const connection = await database.connect();
  await connection.query('DELETE FROM task_queue.migrations');
  for (let applied = 1; applied <= version; applied++) {
    await connection.query('INSERT INTO task_queue.migrations VALUES ($1, $2, $3)', [
      applied,
      'test',
      applied === version ? compatibleSince : 1,
    ]);
  }
  await connection.end();
  return database;
}

const OURS = MIGRATIONS.length;

test.each([
  ['newer', OURS + 1, OURS + 1, 'use newer code'],
  ['older', OURS - 1, 1, 'run the migrations'],
])(
  'a schema %s than the code is refused in a sentence with both versions',
  async (_case, version, compatibleSince, advice) => {
    const database = await databaseWith(version, compatibleSince);

    await expect(database.query({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(
        `has schema version ${version}, .* needs version ${OURS}: ${advice}`,
      ),
    });
  },
);

test('a process goes on, and may start, while a newer schema is there that its code works with', async () => {
  const database = await databaseWith(OURS + 1, OURS);

  expect(await database.query({ text: 'SELECT 1 AS one' })).toEqual([{ one: 1 }]);
});

const ADDITIVE = { name: 'next', sql: 'SELECT 1', isAdditive: true } as const;
const BREAKING = { name: 'next', sql: 'SELECT 1' };

test('what a migration says of older code is kept in the database', async () => {
  const database = await openDatabase();

  await migrate(database, [...MIGRATIONS, ADDITIVE, BREAKING, ADDITIVE]);

  const versions = await database.connect().then(async (connection) => {
    const text =
      'SELECT compatible_since - $1 AS since FROM task_queue.migrations WHERE version > $1 ORDER BY version';
    const { rows } = await connection.query(text, [OURS]);
    await connection.end();
    return rows;
  });
  expect(versions).toEqual([{ since: expect.any(Number) }, { since: 2 }, { since: 2 }]);
  expect(versions[0]?.since).toBeLessThanOrEqual(0);
});

test('migrations of older code find nothing to do in a newer schema that it works with', async () => {
  const database = await openDatabase();
  await migrate(database, [...MIGRATIONS, ADDITIVE]);

  expect(await migrate(database)).toEqual([]);
});

test('migrations of older code refuse a newer schema that it does not work with', async () => {
  const database = await openDatabase();
  await migrate(database, [...MIGRATIONS, BREAKING]);

  await expect(migrate(database)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
});
