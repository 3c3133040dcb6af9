import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import type { PostgresDatabase } from '../../shared/postgres/database.ts';
import { admit } from '../../shared/postgres/schema.ts';
import { PostgresRedelivery } from '../../shared/postgres/task-log/redelivery.ts';
import { postgresTaskLog } from '../../shared/postgres/task-log/task-log.ts';
import { describeBrokerContract } from '../contract/broker-contract.ts';
import { describeTaskLogContract } from '../contract/task-log-contract.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { openDatabase, reusedDatabase } from '../support/postgres.ts';

const USER = 'task_queue_rights_test';
const password = randomUUID();

/** Databases into which the user was let. Tests use them again. */
const admitted = new Set<string>();

async function admitOnce(url: string, owner: PostgresDatabase): Promise<void> {
  if (admitted.has(url)) return;
  admitted.add(url);
  await admit(owner, USER);
  await owner.query({ text: `ALTER ROLE ${USER} PASSWORD '${password}'` });
}

/** A database as processes on AWS have it: they are let in, and do not own it. */
async function setup() {
  const url = await reusedDatabase();
  const owner = await openDatabase(url);
  await admitOnce(url, owner);
  const database = await openDatabase(
    Object.assign(new URL(url), { username: USER, password }).href,
  );
  return { database, owner };
}

describe('the restricted user of a database', () => {
  describeBrokerContract(async () => {
    const { database, owner } = await setup();
    const deadLetters = () =>
      database.query<{ body: string; reason: string }>({
        text: 'SELECT body, reason FROM task_queue.dead_letters',
      });
    const broker = new PostgresBroker('main', database);
    /** Leases and delays end so much earlier, which is the same as later. */
    const advance = async (seconds: number): Promise<void> => {
      const text = `UPDATE task_queue.messages SET visible_at = visible_at - $1 * interval '1 s'`;
      await owner.query({ text, values: [seconds] });
    };
    return { broker, deadLetters, advance };
  });

  describeTaskLogContract(async () => {
    const { database } = await setup();
    const clock = new ManualClock();
    const files = new MemoryFileStore();
    const options = { retentionDays: 30, clock, files };
    const log = postgresTaskLog(database, options);
    return { clock, files, log, redelivery: new PostgresRedelivery(database, options) };
  });

  test.each([
    'CREATE TABLE task_queue.mine ()',
    'DROP TABLE task_queue.messages',
    'ALTER TABLE task_queue.messages ADD COLUMN mine text',
    'CREATE INDEX ON task_queue.messages (body)',
    'TRUNCATE task_queue.messages',
    "INSERT INTO task_queue.migrations VALUES (99, 'mine', 99)",
    'CREATE SCHEMA mine',
    'CREATE ROLE mine',
  ])('cannot %s', async (text) => {
    const { database } = await setup();

    await expect(database.query({ text })).rejects.toMatchObject({ code: '42501' });
  });

  test('can be let in again and again', async () => {
    const { owner, database } = await setup();

    await admit(owner, USER);

    expect(await database.query({ text: 'SELECT queue FROM task_queue.messages' })).toEqual([]);
  });
});

test('a user whose name could be part of a statement is not let in', async () => {
  const { owner } = await setup();

  await expect(admit(owner, 'me; DROP SCHEMA task_queue')).rejects.toBeInstanceOf(TypeError);
});
