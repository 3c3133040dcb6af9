import { expect, test } from 'vitest';
import type { Broker, Delivery } from '../../shared/broker/broker.ts';

export type BrokerHarness = {
  broker: Broker;
  /** Lets this many seconds pass. */
  advance(seconds: number): Promise<void>;
  deadLetters(): Promise<{ body: string; reason: string }[]>;
};

const NOW = { max: 10, waitSeconds: 0, leaseSeconds: 30 };

/** Tests what every broker promises. Called once per adapter. */
export function describeBrokerContract(createHarness: () => Promise<BrokerHarness>): void {
  const bodies = (deliveries: Delivery[]): string[] => deliveries.map(({ body }) => body).sort();

  test('what is published is delivered, whole and unchanged', async () => {
    const { broker } = await createHarness();
    const body = JSON.stringify({ text: 'Grüße, 漢字, "quotes", \n and \\uFFFF' });

    await broker.publish([{ body }]);

    const [delivery] = await broker.receive(NOW);
    expect(delivery?.body).toBe(body);
    expect(Math.abs((delivery?.sentAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('any number of messages is published in one call, each answered for', async () => {
    const { broker } = await createHarness();
    const sent = Array.from({ length: 25 }, (_, index) => ({ body: `m${index}` }));

    const answers = await broker.publish(sent);

    const received = [];
    for (let polls = 0; polls < 10; polls++) received.push(...(await broker.receive(NOW)));
    expect(answers).toEqual(sent.map(() => undefined));
    expect(bodies(received)).toEqual(sent.map(({ body }) => body).sort());
  });

  test('an empty queue answers with nothing', async () => {
    const { broker } = await createHarness();

    expect(await broker.receive(NOW)).toEqual([]);
  });

  test('a waiting poll answers as soon as a message arrives', async () => {
    const { broker } = await createHarness();
    const poll = broker.receive({ ...NOW, waitSeconds: 20 });

    await broker.publish([{ body: 'at last' }]);

    expect(bodies(await poll)).toEqual(['at last']);
  });

  test('a poll takes no more than it asks for', async () => {
    const { broker } = await createHarness();
    await broker.publish([{ body: 'a' }, { body: 'b' }, { body: 'c' }]);

    const deliveries = await broker.receive({ ...NOW, max: 2 });

    expect(deliveries).toHaveLength(2);
  });

  test('a leased message is shown to nobody else', async () => {
    const { broker } = await createHarness();
    await broker.publish([{ body: 'mine' }]);
    await broker.receive(NOW);

    expect(await broker.receive(NOW)).toEqual([]);
  });

  test('a message whose lease runs out is delivered again, as the same message', async () => {
    const { broker, advance } = await createHarness();
    await broker.publish([{ body: 'again' }]);
    const [first] = await broker.receive({ ...NOW, leaseSeconds: 1 });

    await advance(1.2);

    const [second] = await broker.receive(NOW);
    expect(first?.receiveCount).toBe(1);
    expect(second).toMatchObject({
      body: 'again',
      messageId: first?.messageId,
      receiveCount: 2,
    });
    expect(second?.receipt).not.toBe(first?.receipt);
  });

  test('a message whose lease was extended is not delivered again', async () => {
    const { broker, advance } = await createHarness();
    await broker.publish([{ body: 'long' }]);
    const deliveries = await broker.receive({ ...NOW, leaseSeconds: 1 });

    const lost = await broker.changeLease(deliveries, 30);
    await advance(1.2);

    expect(lost).toEqual([]);
    expect(await broker.receive(NOW)).toEqual([]);
  });

  test('a requeued message is delivered again immediately', async () => {
    const { broker } = await createHarness();
    await broker.publish([{ body: 'back' }]);

    await broker.changeLease(await broker.receive(NOW), 0);

    expect(bodies(await broker.receive(NOW))).toEqual(['back']);
  });

  test('an acknowledged message never comes back', async () => {
    const { broker, advance } = await createHarness();
    await broker.publish([{ body: 'done' }, { body: 'done too' }]);
    const deliveries = await broker.receive({ ...NOW, leaseSeconds: 1 });

    const again = await broker.ack(deliveries);
    await advance(1.2);

    expect(again).toEqual([]);
    expect(await broker.receive(NOW)).toEqual([]);
  });

  test('as many as it takes are leased again and acknowledged in one call', async () => {
    const { broker, advance } = await createHarness();
    const count = broker.maxBatch;
    await broker.publish(Array.from({ length: count }, (_, index) => ({ body: `m${index}` })));
    const deliveries: Delivery[] = [];
    while (deliveries.length < count) deliveries.push(...(await broker.receive(NOW)));

    const lost = await broker.changeLease(deliveries, 1);
    const again = await broker.ack(deliveries);
    await advance(1.2);

    expect(count).toBeGreaterThanOrEqual(10);
    expect([lost, again]).toEqual([[], []]);
    expect(await broker.receive(NOW)).toEqual([]);
  });

  test('acknowledging twice is harmless', async () => {
    const { broker } = await createHarness();
    await broker.publish([{ body: 'done' }]);
    const deliveries = await broker.receive(NOW);

    await broker.ack(deliveries);

    expect(await broker.ack(deliveries)).toEqual([]);
  });

  test('a delayed message is delivered after its delay, not before', async () => {
    const { broker, advance } = await createHarness();
    await broker.publish([{ body: 'later', delaySeconds: 1 }]);

    const early = await broker.receive(NOW);
    await advance(1.2);

    expect(early).toEqual([]);
    expect(bodies(await broker.receive(NOW))).toEqual(['later']);
  });

  test('a dead letter is kept with its reason, and the message waits to be acknowledged', async () => {
    const { broker, deadLetters } = await createHarness();
    await broker.publish([{ body: 'not a task' }]);
    const [delivery] = await broker.receive(NOW);
    if (!delivery) throw new Error('nothing was delivered');

    await broker.deadLetter(delivery, 'it is not JSON');

    expect(await deadLetters()).toEqual([{ body: 'not a task', reason: 'it is not JSON' }]);
    expect(await broker.depth()).toMatchObject({ inFlight: 1 });
  });

  test('the depth tells waiting, leased and delayed messages apart', async () => {
    const { broker } = await createHarness();
    await broker.publish([{ body: 'a' }, { body: 'b' }, { body: 'c' }]);
    await broker.publish([{ body: 'd', delaySeconds: 60 }]);
    await broker.receive({ ...NOW, max: 1 });

    expect(await broker.depth()).toEqual({ waiting: 2, inFlight: 1, delayed: 1 });
  });
}
