import { expect, test } from 'vitest';
import type { Delivery } from '../../shared/broker/broker.ts';
import { BrokerUnavailableError } from '../../shared/errors.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { Acknowledger } from '../../shared/worker/acknowledger.ts';
import { returnMessage } from '../../shared/worker/return-message.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const DAY_MS = 86_400_000;
const POLL = { max: 10, waitSeconds: 0, leaseSeconds: 60 };

/** One leased message, and what requeues it. @param changes of the delivery that was received */
async function setup(changes: Partial<Delivery> = {}) {
  const clock = new ManualClock();
  const broker = new MemoryBroker(clock);
  const logger = quietLogger();
  const acks = new Acknowledger(broker, logger);
  await broker.publish([{ body: 'a task' }]);
  const [received] = await broker.receive(POLL);
  if (!received) throw new Error('nothing was delivered');
  const delivery = { ...received, ...changes };
  const message = { queue: 'main', delivery, receivedAt: clock.now(), leasedAt: clock.now() };
  const requeue = async (delaySeconds: number, renewal = Promise.resolve()): Promise<void> => {
    const deps = { acks, broker, renewal: () => renewal, now: () => clock.now(), logger };
    await returnMessage(message, { action: 'requeue', delaySeconds }, deps);
    await acks.flush();
  };
  return { clock, broker, logger, message, requeue };
}

test('a message comes back after its delay', async () => {
  const { clock, broker, requeue } = await setup();

  await requeue(30);
  clock.advance(29);
  const early = await broker.receive(POLL);
  clock.advance(2);

  expect(early).toEqual([]);
  expect(await broker.receive(POLL)).toMatchObject([{ receiveCount: 2 }]);
});

test('a delay that would exceed the 12 h of SQS ends with them', async () => {
  const { clock, broker, message, requeue } = await setup();
  await broker.changeLease([message.delivery], 43_200);
  clock.advance(3600);

  await requeue(43_200);
  clock.advance(43_200 - 3600);

  expect(await broker.receive(POLL)).toHaveLength(1);
});

test.each([
  ['often', { receiveCount: 900 }],
  ['seldom', { receiveCount: 330, sentAt: new ManualClock().now() - 12 * DAY_MS }],
])(
  'before SQS would give up a message that is requeued %s, a copy replaces it',
  async (_case, changes) => {
    const { clock, broker, requeue } = await setup(changes);

    await requeue(30);
    clock.advance(100);
    const copies = await broker.receive(POLL);

    expect(copies).toMatchObject([{ body: 'a task', receiveCount: 1 }]);
    expect(copies[0]?.sentAt).toBeGreaterThan(clock.now() - DAY_MS);
  },
);

test('a renewal that was under way does not shorten the delay of a requeued message', async () => {
  const { clock, broker, message, requeue } = await setup();
  const arrived = Promise.withResolvers<void>();
  const renewal = arrived.promise.then(async () => {
    await broker.changeLease([message.delivery], 30);
  });

  const requeued = requeue(900, renewal);
  arrived.resolve();
  await requeued;
  clock.advance(100);

  expect(message).toMatchObject({ isRequeued: true });
  expect(await broker.depth()).toMatchObject({ waiting: 0 });
});

test('a message that cannot be requeued comes back when its lease ends, and the log says so', async () => {
  const { clock, broker, logger, message, requeue } = await setup();
  broker.changeLease = () => Promise.reject(new BrokerUnavailableError('main', new Error('down')));

  await requeue(0);
  clock.advance(61);

  expect(logger.lines).toMatchObject([
    {
      level: 'warn',
      message: 'message could not be requeued; it comes back when its lease ends',
      fields: { queue: 'main', messageId: message.delivery.messageId },
    },
  ]);
  expect(await broker.receive(POLL)).toHaveLength(1);
});
