import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { drained, workerHarness } from '../support/worker-harness.ts';

// Virtual time: what is asserted are counts, the same on every machine. Every broker call takes 10 ms.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

async function workOff(count: number, milliseconds: number, options = {}) {
  const harness = workerHarness({ worker: { concurrency: 100 }, ...options });
  harness.handleIn('work', milliseconds);
  await harness.enqueue('main', 'work', count);
  const { worker, ended } = harness.startWorker();
  while (harness.started.length < count) await pass(10);
  const { receive } = harness.brokerOf('main').requests;
  await drained(worker, ended);
  return { receive, ack: harness.brokerOf('main').requests.ack };
}

describe('a broker that takes more than SQS at once', () => {
  test('gets polls for as many tasks as there are slots, and acknowledges many at once', async () => {
    const { receive, ack } = await workOff(5000, 50, { hasLargeBatches: true });

    expect(receive).toBeLessThan(5000 / 50);
    expect(ack).toBeLessThan(5000 / 50);
  });

  test('gets polls for more when tasks are shorter than a round trip, even with few slots', async () => {
    const options = { hasLargeBatches: true, worker: { concurrency: 10 } };

    const { receive } = await workOff(2000, 1, options);

    expect(receive).toBeLessThan(2000 / 30);
  });

  test('gives a worker of few slots and long tasks no more in advance than SQS', async () => {
    const most = async (hasLargeBatches: boolean): Promise<number> => {
      const harness = workerHarness({ hasLargeBatches, worker: { concurrency: 10 } });
      harness.handleIn('work', 1000);
      await harness.enqueue('main', 'work', 200);
      const { worker, ended } = harness.startWorker();
      const seen: number[] = [];
      for (let look = 0; look < 500; look++) {
        await pass(10);
        seen.push(worker.status()[0]?.buffered ?? 0);
      }
      await drained(worker, ended);
      return Math.max(...seen);
    };

    expect(await most(true)).toBeLessThanOrEqual(await most(false));
  });

  test('renews the leases of all its messages in one call', async () => {
    const worker = { concurrency: 100, visibilityTimeoutSeconds: 40 };
    const harness = workerHarness({ hasLargeBatches: true, worker });
    harness.handleIn('work', 60_000);
    await harness.enqueue('main', 'work', 100);
    const started = harness.startWorker();

    await pass(35_000);
    const { changeLease } = harness.brokerOf('main').requests;
    await drained(started.worker, started.ended);

    expect(changeLease).toBe(1);
  });
});

test('a poll of SQS always requests ten', async () => {
  const { receive, ack } = await workOff(1000, 50);

  expect(receive).toBeGreaterThanOrEqual(100);
  expect(receive).toBeLessThan(120);
  expect(ack).toBeGreaterThanOrEqual(100);
});
