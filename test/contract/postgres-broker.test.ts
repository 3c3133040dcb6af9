import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Delivery } from '../../shared/broker/broker.ts';
import { pause } from '../../shared/clock.ts';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { openReusedDatabase } from '../support/postgres.ts';
import { describeBrokerContract } from './broker-contract.ts';

const NOW = { max: 10, waitSeconds: 0, leaseSeconds: 30 };

async function setup() {
  const database = await openReusedDatabase();
  const broker = new PostgresBroker('main', database);
  const deadLetters = () =>
    database.query<{ body: string; reason: string }>({
      text: 'SELECT body, reason FROM task_queue.dead_letters',
    });
  return { database, broker, deadLetters };
}

async function receiveOne(broker: PostgresBroker, options = {}): Promise<Delivery> {
  const [delivery] = await broker.receive({ ...NOW, ...options });
  if (!delivery) throw new Error('nothing was delivered');
  return delivery;
}

describe('PostgresBroker', () => {
  describeBrokerContract(async () => ({
    ...(await setup()),
    advance: (seconds) => pause(seconds * 1000),
  }));

  test('queues of one database do not see each other’s messages', async () => {
    const { database, broker } = await setup();
    const other = new PostgresBroker('other', database);

    await broker.publish([{ body: 'mine' }]);

    expect(await other.receive(NOW)).toEqual([]);
    expect(await other.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
  });

  test('many messages are received at once, the longest waiting first', async () => {
    const { broker } = await setup();
    const sent = Array.from({ length: 120 }, (_, index) => ({ body: `m${index}` }));
    await broker.publish(sent);

    const first = await broker.receive({ ...NOW, max: 100 });
    const second = await broker.receive({ ...NOW, max: 100 });

    expect([...first, ...second].map(({ body }) => body)).toEqual(sent.map(({ body }) => body));
  });

  test('a void receipt neither prolongs nor forgets the delivery that came after it', async () => {
    const { broker } = await setup();
    await broker.publish([{ body: 'twice' }]);
    const first = await receiveOne(broker);
    await broker.changeLease([first], 0);
    const second = await receiveOne(broker);

    const lost = await broker.changeLease([first], 600);
    await broker.ack([first]);

    expect(lost).toEqual([first]);
    expect(await broker.changeLease([second], 0)).toEqual([]);
    expect(await receiveOne(broker)).toMatchObject({ body: 'twice', receiveCount: 3 });
  });

  test('a message that was requeued has no valid lease', async () => {
    const { broker } = await setup();
    await broker.publish([{ body: 'back' }]);
    const delivery = await receiveOne(broker);
    await broker.changeLease([delivery], 0);

    expect(await broker.changeLease([delivery], 600)).toEqual([delivery]);
    expect(await broker.receive(NOW)).toHaveLength(1);
  });

  test('a message that is set aside twice, after a crash in between, is one dead letter', async () => {
    const { broker, deadLetters } = await setup();
    await broker.publish([{ body: 'not a task' }]);
    const delivery = await receiveOne(broker);

    await broker.deadLetter(delivery, 'it is not JSON');
    await broker.deadLetter(delivery, 'it is not JSON');

    expect(await deadLetters()).toHaveLength(1);
  });

  test('a message that waited for 14 days is set aside, as SQS would drop it', async () => {
    const { database, broker, deadLetters } = await setup();
    await broker.publish([{ body: 'old' }, { body: 'new' }]);
    await database.query({
      text: "UPDATE task_queue.messages SET created_at = now() - interval '15 days' WHERE body = 'old'",
    });

    const deliveries = await broker.receive(NOW);

    expect(deliveries.map(({ body }) => body)).toEqual(['new']);
    expect(await deadLetters()).toEqual([{ body: 'old', reason: 'it waited for 14 days' }]);
    expect(await broker.depth()).toEqual({ waiting: 0, inFlight: 1, delayed: 0 });
  });

  test('a worker whose clock is weeks ahead sets nothing aside', async () => {
    const { broker, deadLetters } = await setup();
    await broker.publish([{ body: 'new' }]);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 30 * 86_400_000);
    onTestFinished(() => void vi.restoreAllMocks());

    const deliveries = await broker.receive(NOW);

    expect(deliveries.map(({ body }) => body)).toEqual(['new']);
    expect(await deadLetters()).toEqual([]);
  });

  test('its health is its depth, how long the longest waits, and how many have died', async () => {
    const { database, broker } = await setup();
    const empty = await broker.health();
    await broker.publish(['dead', 'old', 'new'].map((body) => ({ body })));
    await broker.publish([{ body: 'later', delaySeconds: 900 }]);
    const [dead] = await broker.receive({ ...NOW, max: 1 });
    if (!dead) throw new Error('nothing was delivered');
    await broker.deadLetter(dead, 'no');
    await broker.ack([dead]);
    await database.query({
      text: "UPDATE task_queue.messages SET visible_at = now() - interval '70 s' WHERE body = 'old'",
    });

    expect(empty).toMatchObject({ waiting: 0, oldestWaitSeconds: 0, deadLetters: 0 });
    const { oldestWaitSeconds, ...counts } = await broker.health();
    expect(counts).toEqual({ waiting: 2, inFlight: 0, delayed: 1, deadLetters: 1 });
    expect(Math.floor(oldestWaitSeconds / 10)).toBe(7);
  });

  test('a depth of more than 10,000 is estimated, and not below what was counted', async () => {
    const { database, broker } = await setup();
    await broker.publish(Array.from({ length: 15_000 }, () => ({ body: 'x' })));
    const connection = await database.connect();
    await connection.query('ANALYZE task_queue.messages');
    await connection.end();

    const { waiting } = await broker.depth();

    expect(waiting).toBeGreaterThan(13_000);
    expect(waiting).toBeLessThan(17_000);
  });

  test('every message of a call that PostgreSQL cannot take is answered with why', async () => {
    const { broker } = await setup();

    const answers = await broker.publish([
      { body: 'fine' },
      { body: 'refused \0' },
      { body: 'ok' },
    ]);

    expect(answers).toEqual([
      undefined,
      expect.objectContaining({ code: 'BROKER_UNAVAILABLE' }),
      undefined,
    ]);
    expect(await broker.receive(NOW)).toHaveLength(2);
  });

  test('when no server answers, publishing fails as a whole', async () => {
    const nowhere = new PostgresDatabase(
      { url: 'postgres://nobody@127.0.0.1:1/none' },
      { giveUpAfterMs: 100 },
    );

    const publishing = new PostgresBroker('main', nowhere).publish([{ body: 'lost' }]);

    await expect(publishing).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });
  });
});
