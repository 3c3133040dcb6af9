import { expect, test } from 'vitest';
import type { Delivery } from '../../shared/broker/broker.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { release } from '../../shared/worker/release.ts';
import { ManualClock } from '../support/manual-clock.ts';

const DAY_MS = 86_400_000;
const POLL = { max: 10, waitSeconds: 0, leaseSeconds: 60 };

async function setup(changes: Partial<Delivery> = {}) {
  const clock = new ManualClock();
  const broker = new MemoryBroker(clock);
  await broker.publish([{ body: 'a task' }]);
  const [received] = await broker.receive(POLL);
  if (!received) throw new Error('nothing was delivered');
  const held = { delivery: { ...received, ...changes }, receivedAt: clock.now() };
  const putBack = (delaySeconds: number) => release(held, delaySeconds, broker, clock.now());
  return { clock, broker, putBack, ...held };
}

test('a message comes back after its delay', async () => {
  const { clock, broker, putBack } = await setup();

  const isCopied = await putBack(30);
  clock.advance(29);
  const early = await broker.receive(POLL);
  clock.advance(2);

  expect(isCopied).toBe(false);
  expect(early).toEqual([]);
  expect(await broker.receive(POLL)).toHaveLength(1);
});

test('a delay that would go beyond the 12 h of SQS ends with them', async () => {
  const { clock, broker, putBack } = await setup();
  clock.advance(3600);

  await putBack(43_200);
  clock.advance(43_200 - 3600);

  expect(await broker.receive(POLL)).toHaveLength(1);
});

test.each([
  ['often', { receiveCount: 900 }],
  ['seldom', { receiveCount: 330, sentAt: new ManualClock().now() - 12 * DAY_MS }],
])(
  'before SQS would give a message up that is put back %s, a fresh copy takes its place',
  async (_case, changes) => {
    const { clock, broker, delivery, putBack } = await setup(changes);

    const isCopied = await putBack(30);
    await broker.ack([delivery]);
    clock.advance(31);
    const copies = await broker.receive(POLL);

    expect(isCopied).toBe(true);
    expect(copies).toMatchObject([{ body: 'a task', receiveCount: 1 }]);
    expect(copies[0]?.sentAt).toBeGreaterThan(clock.now() - DAY_MS);
  },
);
