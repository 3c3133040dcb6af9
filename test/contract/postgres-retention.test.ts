import { expect, onTestFinished, test, vi } from 'vitest';
import type { PostgresDatabase } from '../../shared/sql/postgres-database.ts';
import { removeExpired } from '../../shared/task-log/postgres-retention.ts';
import { PostgresTaskLog } from '../../shared/task-log/postgres-task-log.ts';
import { aTask } from '../support/a-task.ts';
import { migratedDatabase, openDatabase } from '../support/postgres.ts';

const OLD_KEYS = `
  INSERT INTO task_queue.idempotency_keys
  SELECT 'ann', 'key-' || n, 'digest', now() - interval '25 hours' FROM generate_series(1, 2500) AS n`;

const keysIn = async (database: PostgresDatabase): Promise<readonly string[]> => {
  const text = 'SELECT key FROM task_queue.idempotency_keys';
  return (await database.query<{ key: string }>({ text })).map(({ key }) => key);
};

test('thousands of idempotency keys go after a day, but for one that is in use just now', async () => {
  const url = await migratedDatabase();
  const [database, other] = [await openDatabase(url), await openDatabase(url)];
  await database.query({ text: OLD_KEYS });

  await other.transaction(async (sql) => {
    const text = `SELECT key FROM task_queue.idempotency_keys WHERE key = 'key-7' FOR UPDATE`;
    await sql.query({ text });
    await removeExpired(database);
  });

  expect(await keysIn(database)).toEqual(['key-7']);
});

test('a worker whose clock is far ahead removes nothing before its time', async () => {
  const database = await openDatabase();
  const log = new PostgresTaskLog(database, { retentionDays: 30 });
  const task = aTask();
  await log.recordEnqueued(task, 'main');
  await database.query({ text: 'UPDATE task_queue.task_log SET expires_at = now()' });
  const other = aTask();
  await log.recordEnqueued(other, 'main');

  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 * 86_400_000 });
  onTestFinished(() => {
    vi.useRealTimers();
  });

  expect(await removeExpired(database)).toBe(1);

  expect(await log.getSummary(task.id)).toBeUndefined();
  expect(await log.getSummary(other.id)).toBeDefined();
});
