import { expect, test } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { MIGRATIONS } from '../../shared/sql/migrations/migrations.ts';
import { migrate } from '../../shared/sql/postgres-schema.ts';
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
  const mended = { name: 'mended', sql: 'CREATE TABLE half ()' };

  await expect(migrate(database, [...MIGRATIONS, broken])).rejects.toThrow('division by zero');

  expect(await migrate(database, [...MIGRATIONS, mended])).toEqual(['mended']);
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

test.each([
  ['newer', MIGRATIONS.length + 1, 'use newer code'],
  ['older', MIGRATIONS.length - 1, 'run the migrations'],
])(
  'a schema %s than the code is refused in a sentence with both versions',
  async (_case, version, advice) => {
    const database = await openDatabase();
    const connection = await database.connect();
    await connection.query('DELETE FROM task_queue.migrations');
    for (let applied = 1; applied <= version; applied++) {
      await connection.query('INSERT INTO task_queue.migrations VALUES ($1, $2)', [
        applied,
        'test',
      ]);
    }
    await connection.end();

    await expect(database.query({ text: 'SELECT 1' })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringMatching(
        `version ${version} of the schema.* works with version ${MIGRATIONS.length}: ${advice}`,
      ),
    });
  },
);

test('migrations of older code do not touch a newer schema', async () => {
  const database = await openDatabase();
  const next = { name: 'next', sql: 'SELECT 1' };
  await migrate(database, [...MIGRATIONS, next]);

  await expect(migrate(database)).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
});
