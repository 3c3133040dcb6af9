import { expect, onTestFinished, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import type { PostgresDatabase } from '../../shared/postgres/database.ts';
import { PostgresIdempotencyStore, removeExpired } from '../../shared/postgres/stores.ts';
import { postgresTaskLog } from '../../shared/postgres/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';
import { migratedDatabase, openDatabase } from '../support/postgres.ts';

const OLD_KEYS = `
  INSERT INTO task_queue.idempotency_keys
  SELECT 'ann', 'key-' || n, 'digest', now() - interval '25 hours' FROM generate_series(1, 2500) AS n`;

const keysIn = async (database: PostgresDatabase): Promise<readonly string[]> => {
  const text = 'SELECT key FROM task_queue.idempotency_keys';
  return (await database.query<{ key: string }>({ text })).map(({ key }) => key);
};

/** Sets the clock of this process, not the server's. */
function setClockAhead(milliseconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + milliseconds });
  onTestFinished(() => void vi.useRealTimers());
}

test('thousands of idempotency keys are deleted after a day, except one that is in use', async () => {
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

test('thousands of dead letters go after 14 days, as those of SQS, and younger ones stay', async () => {
  const database = await openDatabase();
  const bury = (ids: string, age: string) =>
    database.query({
      text: `
        INSERT INTO task_queue.dead_letters (message_id, queue, body, reason, sent_at, dead_since)
        SELECT n, 'main', 'x', 'Boom', now(), now() - interval '${age}'
        FROM generate_series(${ids}) AS n`,
    });
  await bury('1, 2500', '14 days 1 second');
  await bury('3001, 3002', '13 days 23 hours');

  await removeExpired(database);

  const text = 'SELECT message_id FROM task_queue.dead_letters ORDER BY message_id';
  expect(await database.query({ text })).toEqual([{ message_id: '3001' }, { message_id: '3002' }]);
});

test('a worker whose clock is far ahead removes nothing before its time', async () => {
  const database = await openDatabase();
  const log = postgresTaskLog(database, { retentionDays: 30 });
  const task = aTask();
  await log.recordEnqueued(task, 'main');
  await database.query({ text: 'UPDATE task_queue.task_log SET expires_at = now()' });
  const other = aTask();
  await log.recordEnqueued(other, 'main');

  setClockAhead(1000 * 86_400_000);

  expect(await removeExpired(database)).toBe(1);

  expect(await log.getSummary(task.id)).toBeUndefined();
  expect(await log.getSummary(other.id)).toBeDefined();
});

test.each([
  ['an hour ahead', 3_600_000],
  ['an hour behind', -3_600_000],
])('a lease ends in time although the clock of its worker is %s', async (_case, milliseconds) => {
  const database = await openDatabase();
  const log = postgresTaskLog(database, { retentionDays: 30 });
  const task = aTask();
  const aSecond = { queue: 'main', workerId: 'w', leaseSeconds: 1 };
  setClockAhead(milliseconds);
  await log.claim(task, { ...aSecond, claimId: 'the one that dies' });
  vi.useRealTimers();

  const tooEarly = await log.claim(task, { ...aSecond, claimId: 'next' });
  await pause(1100);

  expect(tooEarly).toEqual({ outcome: 'busy', forSeconds: 1 });
  expect(await log.claim(task, { ...aSecond, claimId: 'next' })).toMatchObject({
    outcome: 'claimed',
  });
});

test('a retry is due by the server’s clock, and a key expires by it', async () => {
  const database = await openDatabase();
  const log = postgresTaskLog(database, { retentionDays: 30 });
  const keys = new PostgresIdempotencyStore(database);
  const task = aTask();
  await keys.reserve({ owner: 'ann', key: 'one' }, 'first');
  setClockAhead(25 * 3_600_000);

  await log.recordEnqueued(task, 'main', 60);
  const { isNew } = await keys.reserve({ owner: 'ann', key: 'one' }, 'second');
  vi.useRealTimers();

  const { dueAt = '' } = (await log.getSummary(task.id)) ?? {};
  expect(Math.abs(Date.parse(dueAt) - Date.now() - 60_000)).toBeLessThan(5000);
  expect(isNew).toBe(false);
});
