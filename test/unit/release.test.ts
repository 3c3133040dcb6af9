import { expect, test } from 'vitest';
import type { Delivery } from '../../shared/broker/broker.ts';
import { MemoryBroker } from '../../shared/broker/memory-broker.ts';
import { release } from '../../shared/worker/release.ts';
import { ManualClock } from '../support/manual-clock.ts';

const POLL = { max: 10, waitSeconds: 0, leaseSeconds: 60 };

async function setup(changes: Partial<Delivery> = {}) {
  const clock = new ManualClock();
  const broker = new MemoryBroker(clock);
  await broker.publish([{ body: 'a task' }]);
  const [received] = await broker.receive(POLL);
  if (!received) throw new Error('nothing was delivered');
  return { clock, broker, delivery: { ...received, ...changes } };
}

test('a message comes back after its delay', async () => {
  const { clock, broker, delivery } = await setup();

  const isCopied = await release(delivery, 30, 1, broker);
  clock.advance(29);
  const early = await broker.receive(POLL);
  clock.advance(2);

  expect(isCopied).toBe(false);
  expect(early).toEqual([]);
  expect(await broker.receive(POLL)).toHaveLength(1);
});

test('a delay that would go beyond the 12 h of SQS ends with them', async () => {
  const { clock, broker, delivery } = await setup();

  await release(delivery, 43_000, 3600, broker);
  clock.advance(43_200 - 3600);

  expect(await broker.receive(POLL)).toHaveLength(1);
});

test('before SQS would give a message up, a fresh copy takes its place', async () => {
  const { clock, broker, delivery } = await setup({ receiveCount: 900 });

  const isCopied = await release(delivery, 30, 1, broker);
  await broker.ack([delivery]);
  clock.advance(31);
  const copies = await broker.receive(POLL);

  expect(isCopied).toBe(true);
  expect(copies).toMatchObject([{ body: 'a task', receiveCount: 1 }]);
});
