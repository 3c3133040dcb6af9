import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { liveSettings } from '../../shared/control/live-settings.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

const NOTHING = { waiting: 0, inFlight: 0, delayed: 0 };

describe('a worker with a limit of polls', () => {
  test.each([1, 3, 100])(
    'runs at most 5 × 10 tasks in %i slots, then ends',
    async (concurrency) => {
      const harness = workerHarness({ worker: { concurrency } });
      harness.handleIn('work', 100);
      await harness.enqueue('main', 'work', 200);
      const { ended } = harness.startWorker('worker-1', { maxPolls: 5 });

      await pass(60_000);
      await ended;

      expect(harness.started).toHaveLength(50);
      expect(harness.brokerOf('main').requests.receive).toBe(5);
      expect(await harness.brokerOf('main').depth()).toEqual({ ...NOTHING, waiting: 150 });
    },
  );

  test('counts polls of an empty queue too', async () => {
    const harness = workerHarness({ worker: { pollWaitSeconds: 20 } });
    const { ended } = harness.startWorker('worker-1', { maxPolls: 2 });

    await pass(41_000);
    await ended;

    expect(harness.brokerOf('main').requests.receive).toBe(2);
  });

  test('counts polls that failed, so that it ends while the broker is away', async () => {
    const harness = workerHarness();
    harness.brokerOf('main').isDown = true;
    const { ended } = harness.startWorker('worker-1', { maxPolls: 3 });

    await pass(60_000);
    await ended;

    expect(harness.brokerOf('main').requests.receive).toBe(3);
  });

  test('finishes all that its last poll brought, however long that takes', async () => {
    const harness = workerHarness({
      worker: { concurrency: 1, bufferSeconds: 10, shutdownGraceSeconds: 5 },
    });
    harness.handleIn('long', 60_000);
    await harness.enqueue('main', 'long', 10);
    const { ended } = harness.startWorker('worker-1', { maxPolls: 1 });

    await pass(601_000);
    await ended;

    expect(harness.started).toHaveLength(10);
    expect(await harness.brokerOf('main').depth()).toEqual(NOTHING);
  });

  test('ends after SIGUSR2, when the running task has ended', async () => {
    const harness = workerHarness({ worker: { concurrency: 1 } });
    harness.handleIn('work', 1000);
    await harness.enqueue('main', 'work', 3);
    const { worker, ended } = harness.startWorker('worker-1', { maxPolls: 3 });
    await pass(500);

    worker.pause();
    await pass(60_000);
    await ended;

    expect(harness.started).toHaveLength(1);
    expect(await harness.brokerOf('main').depth()).toEqual({ ...NOTHING, waiting: 2 });
  });

  test('that is resumed before its end makes the polls that are left', async () => {
    const harness = workerHarness({ worker: { concurrency: 1 } });
    harness.handleIn('work', 1000);
    await harness.enqueue('main', 'work', 3);
    const { worker, ended } = harness.startWorker('worker-1', { maxPolls: 10 });
    await pass(500);

    worker.pause();
    await pass(60_000);
    const { mode } = worker;
    worker.resume();
    await pass(600_000);
    await ended;

    expect(mode).toBe('paused');
    expect(harness.started).toHaveLength(3);
  });

  test('ends at once when it is stopped while it is paused', async () => {
    const harness = workerHarness();
    const { worker, ended } = harness.startWorker('worker-1', { maxPolls: 10 });
    worker.pause();

    worker.drain();
    worker.resume();
    await pass(25_000);
    await ended;

    expect(worker.mode).toBe('draining');
    expect(harness.brokerOf('main').requests.receive).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('ends while a queue it serves is paused, and serves the other', async () => {
    const harness = workerHarness({ queues: { main: 1, other: 1 } });
    harness.handleIn('work', 100);
    for (const queue of ['main', 'other']) await harness.enqueue(queue, 'work');
    const paused = liveSettings(harness.config, { queues: { main: { paused: true } } });
    const { worker, ended } = harness.startWorker('worker-1', { maxPolls: 2 });
    worker.apply(paused);

    await pass(60_000);
    await ended;

    expect(harness.started).toMatchObject([{ queue: 'other' }]);
    expect(await harness.brokerOf('main').depth()).toEqual({ ...NOTHING, waiting: 1 });
  });

  test('ends while its slots are limited to 0, although no task began', async () => {
    const harness = workerHarness();
    harness.handleIn('work', 100);
    await harness.enqueue('main', 'work');
    const { worker, ended } = harness.startWorker('worker-1', { maxPolls: 2 });
    worker.limitSlots(0);

    await pass(60_000);
    await ended;

    expect(harness.started).toEqual([]);
    expect(await harness.brokerOf('main').depth()).toEqual({ ...NOTHING, waiting: 1 });
  });
});

describe('a worker whose slots are limited', () => {
  test('runs no more tasks at once, and leaves the running ones alone', async () => {
    const harness = workerHarness({ worker: { concurrency: 4 } });
    harness.handleIn('work', 10_000);
    await harness.enqueue('main', 'work', 20);
    const { worker, ended } = harness.startWorker();
    await pass(1000);
    const atFirst = worker.busySlots;

    worker.limitSlots(2);
    await pass(5000);
    const soonAfter = worker.busySlots;
    await pass(10_000);
    const then = worker.busySlots;
    await drained(worker, ended);

    expect([atFirst, soonAfter, then]).toEqual([4, 4, 2]);
  });

  test('leases nothing and does not poll without a slot, and continues with the first one', async () => {
    const harness = workerHarness({ worker: { concurrency: 4 } });
    harness.handleIn('work', 1000);
    await harness.enqueue('main', 'work', 8);
    const { worker, ended } = harness.startWorker();
    await pass(100);

    worker.limitSlots(0);
    await pass(60_000);
    const depth = await harness.brokerOf('main').depth();
    const polls = harness.brokerOf('main').requests.receive;
    await pass(600_000);
    const pollsLater = harness.brokerOf('main').requests.receive;
    worker.limitSlots(1);
    await pass(2500);
    const busy = worker.busySlots;
    await pass(60_000);
    await drained(worker, ended);

    expect(depth).toEqual({ ...NOTHING, waiting: 4 });
    expect(pollsLater).toBe(polls);
    expect(busy).toBe(1);
    expect(harness.started).toHaveLength(8);
  });
});
