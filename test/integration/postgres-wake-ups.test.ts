import { describe, expect, type TestContext, test, vi } from 'vitest';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import type { Statement } from '../../shared/postgres/sql.ts';
import { migratedDatabase, openDatabase } from '../support/postgres.ts';

const WAITING = { max: 10, waitSeconds: 15, leaseSeconds: 30 };
const INSERT = `INSERT INTO task_queue.messages (queue, body, visible_at) VALUES ('main', 'untold', now())`;

/** A worker's process and another one, on one database. */
async function setup({ onTestFinished }: TestContext, { lookAnywayMs = 3_600_000 } = {}) {
  const url = await migratedDatabase(onTestFinished);
  const here = await openDatabase(url, onTestFinished);
  const elsewhere = await openDatabase(url, onTestFinished);
  const statements = vi.spyOn(here, 'query');
  const broker = new PostgresBroker('main', here, lookAnywayMs);
  /** How often this process asked for messages. */
  const looks = (): number =>
    statements.mock.calls.filter(([{ text }]: [Statement]) => text.includes('claim(')).length;
  /** The id of the connection that listens. */
  const listener = async (): Promise<number | undefined> => {
    const text = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`;
    return (await elsewhere.query<{ pid: number }>({ text }))[0]?.pid;
  };
  /** Resolves when the poll has found nothing twice, the second time while it listens. */
  const parked = () => vi.waitFor(() => expect(looks()).toBeGreaterThanOrEqual(2), 5000);
  return {
    here,
    elsewhere,
    broker,
    other: new PostgresBroker('main', elsewhere),
    looks,
    listener,
    parked,
  };
}

const bodiesOf = async (poll: ReturnType<PostgresBroker['receive']>): Promise<string[]> =>
  (await poll).map(({ body }) => body);

describe('a parked poll', () => {
  test('is woken by a message that another process sends', async (context) => {
    const { broker, other, parked } = await setup(context);
    const poll = broker.receive(WAITING);
    await parked();

    await other.publish([{ body: 'from elsewhere' }]);

    expect(await bodiesOf(poll)).toEqual(['from elsewhere']);
  });

  test('is woken by a message that another process requeues', async (context) => {
    const { broker, other, parked } = await setup(context);
    await other.publish([{ body: 'returned' }]);
    const held = await other.receive({ ...WAITING, waitSeconds: 0 });
    const poll = broker.receive(WAITING);
    await parked();

    await other.changeLease(held, 0);

    expect(await bodiesOf(poll)).toEqual(['returned']);
  });

  test('is woken by a requeued message although the answer to the requeue was lost', async (context) => {
    const { broker, other, elsewhere, parked } = await setup(context);
    await other.publish([{ body: 'returned' }]);
    const held = await other.receive({ ...WAITING, waitSeconds: 0 });
    const poll = broker.receive(WAITING);
    await parked();

    // As the first try did, whose connection ended then.
    await elsewhere.query({ text: 'UPDATE task_queue.messages SET visible_at = now()' });
    await other.changeLease(held, 0);

    expect(await bodiesOf(poll)).toEqual(['returned']);
  });

  test('answers when a lease ends although another worker was about to take the message', async (context) => {
    const { broker, elsewhere, parked, looks } = await setup(context);
    const poll = broker.receive({ ...WAITING, leaseSeconds: 1 });
    await parked();
    const rival = await elsewhere.connect();
    await elsewhere.query({ text: INSERT });
    await rival.query('BEGIN; SELECT FROM task_queue.messages FOR UPDATE');
    const before = looks();
    await elsewhere.wakeUps.notify('main');
    await vi.waitFor(() => expect(looks()).toBeGreaterThan(before));

    await rival.query(`UPDATE task_queue.messages SET visible_at = now() + interval '2 s'; COMMIT`);
    await rival.end();

    expect(await bodiesOf(poll)).toEqual(['untold']);
  });

  test('answers when the lease of a message ends, though nobody tells of that', async (context) => {
    const { broker, other } = await setup(context);
    await other.publish([{ body: 'of a dead worker' }]);
    await other.receive({ ...WAITING, waitSeconds: 0, leaseSeconds: 1 });

    expect(await bodiesOf(broker.receive(WAITING))).toEqual(['of a dead worker']);
  });

  test('answers when the delay of a message ends that was sent meanwhile', async (context) => {
    const { broker, other, parked } = await setup(context);
    const poll = broker.receive(WAITING);
    await parked();

    await other.publish([{ body: 'in a second', delaySeconds: 1 }]);

    expect(await bodiesOf(poll)).toEqual(['in a second']);
  });

  test('does not ask again while nobody tells: one query for many polls', async (context) => {
    const { broker, looks, parked } = await setup(context);
    const first = broker.receive({ ...WAITING, waitSeconds: 1 });
    await parked();
    await first;
    const before = looks();

    for (let polls = 0; polls < 3; polls++) await broker.receive({ ...WAITING, waitSeconds: 1 });

    expect(looks()).toBe(before);
  });

  test('finds a message of which nobody told, and renews the connection that should have', async (context) => {
    const { broker, elsewhere, listener, parked } = await setup(context, { lookAnywayMs: 500 });
    const poll = broker.receive(WAITING);
    await parked();
    const before = await listener();

    await elsewhere.query({ text: INSERT });

    expect(await bodiesOf(poll)).toEqual(['untold']);
    await vi.waitFor(async () => {
      const now = await listener();
      expect(now).toBeDefined();
      expect(now).not.toBe(before);
    });
  });

  test('looks again when its connection has ended, and is notified over a new one', async (context) => {
    const { broker, other, elsewhere, listener, parked } = await setup(context);
    const first = broker.receive(WAITING);
    await parked();
    const before = await listener();

    await elsewhere.query({ text: INSERT });
    await elsewhere.query({ text: 'SELECT pg_terminate_backend($1)', values: [before] });
    const whileDeaf = await bodiesOf(first);
    const second = broker.receive(WAITING);
    await vi.waitFor(async () => expect(await listener()).not.toBe(before));
    await other.publish([{ body: 'told' }]);

    expect(whileDeaf).toEqual(['untold']);
    expect(await bodiesOf(second)).toEqual(['told']);
  });
});

test('a process that only enqueues has no connection that listens', async (context) => {
  const { other, listener } = await setup(context);

  await other.publish([{ body: 'x' }]);

  expect(await listener()).toBeUndefined();
});

test('nothing is connected before the first call', async () => {
  const nowhere = new PostgresDatabase({ url: 'postgres://nobody@127.0.0.1:1/none' });

  expect(new PostgresBroker('main', nowhere).system).toBe('postgresql');
  await nowhere.end();
});
