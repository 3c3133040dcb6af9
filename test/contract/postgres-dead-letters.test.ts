import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../shared/broker/broker.ts';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { PostgresDeadLetters } from '../../shared/postgres/broker/dead-letters.ts';
import { openReusedDatabase } from '../support/postgres.ts';

const LOOK = { max: 10, waitSeconds: 0, leaseSeconds: 30 };

async function setup() {
  const database = await openReusedDatabase();
  const broker = new PostgresBroker('main', database);
  const letters = new PostgresDeadLetters('main', database);
  await broker.publish([{ body: 'one' }, { body: 'two' }]);
  const deliveries = await broker.receive(LOOK);
  for (const delivery of deliveries) await broker.deadLetter(delivery, 'Boom');
  await broker.ack(deliveries);
  return { database, broker, letters, deliveries };
}

describe('dead letters in PostgreSQL', () => {
  test('are leased by a reader, with their reason and message, and can be requeued', async () => {
    const { letters, deliveries } = await setup();

    const found = await letters.receive(LOOK);
    const meanwhile = await letters.receive(LOOK);
    await letters.changeLease(found, 0);
    const again = await letters.receive(LOOK);

    expect(meanwhile).toEqual([]);
    expect(again.map(({ body }) => body).toSorted()).toEqual(['one', 'two']);
    const [{ messageId = '', sentAt = 0 } = {}] = deliveries.filter(({ body }) => body === 'one');
    expect(found.find(({ body }) => body === 'one')?.deadLetter).toEqual({
      reason: 'Boom',
      original: { messageId, sentAt },
    });
  });

  test('are gone when acknowledged, by the latest lease only', async () => {
    const { letters } = await setup();
    const old = await letters.receive(LOOK);
    await letters.changeLease(old, 0);
    const latest = await letters.receive({ ...LOOK, max: 1 });

    await letters.ack(old);
    await letters.ack(latest);

    expect(await letters.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
  });

  test('of a message that dies again are others: what was known of the old one deletes nothing', async () => {
    const { broker, letters, deliveries } = await setup();
    const old = await letters.receive(LOOK);
    const [one] = deliveries;
    if (!one) throw new Error('nothing was delivered');

    await broker.deadLetter(one, 'Boom again');
    await letters.ack(old);

    const found = await letters.receive(LOOK);
    expect(found).toMatchObject([{ body: one.body, deadLetter: { reason: 'Boom again' } }]);
    expect(old.map(({ messageId }) => messageId)).not.toContain(found[0]?.messageId);
  });

  test('have the same id whenever they are looked at', async () => {
    const { letters } = await setup();
    const ids = (found: Delivery[]) => found.map(({ messageId }) => messageId).toSorted();

    const first = await letters.receive(LOOK);
    await letters.changeLease(first, 0);

    expect(ids(await letters.receive(LOOK))).toEqual(ids(first));
  });

  test('are handed out as many as asked for, though the planner takes the table for a tiny one', async () => {
    const { database, letters } = await setup();
    await letters.ack(await letters.receive({ ...LOOK, max: 1 }));
    const connection = await database.connect();
    await connection.query('VACUUM ANALYZE task_queue.dead_letters');
    await connection.end();
    await database.query({
      text: `
        INSERT INTO task_queue.dead_letters (message_id, queue, body, reason, sent_at)
        SELECT n, 'main', 'x', 'Boom', now() FROM generate_series(101, 160) AS n`,
    });

    expect(await letters.receive(LOOK)).toHaveLength(10);
  });

  test('of another queue are not seen', async () => {
    const { database, letters } = await setup();

    expect(await new PostgresDeadLetters('other', database).receive(LOOK)).toEqual([]);
    expect(await letters.depth()).toMatchObject({ waiting: 2 });
  });
});
