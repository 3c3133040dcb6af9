import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { drained, sharesOf, THREE_QUEUES, workerHarness } from '../support/worker-harness.ts';

// Virtual time: what is asserted are counts, the same on every machine. Every broker call takes 10 ms.
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

describe('while every queue is backlogged', () => {
  test.each([
    ['the same time', 100, 100, 100],
    ['very different times', 20, 100, 2000],
    ['less time than a round trip', 5, 5, 5],
    ['less time than a round trip, or far more', 2, 10, 50],
  ])('90/30/10 share the tasks exactly when tasks take %s', async (_case, fast, medium, slow) => {
    // With lanes the light queues would leave a slot free that their share of slow tasks needs.
    const { handleIn, enqueue, startWorker, started } = workerHarness({
      queues: THREE_QUEUES,
      worker: { lanes: false },
    });
    handleIn('fast', fast);
    handleIn('medium', medium);
    handleIn('slow', slow);
    await enqueue('priority', 'fast', 1000);
    await enqueue('standard', 'medium', 400);
    await enqueue('background', 'slow', 150);
    const { worker, ended } = startWorker();

    while (started.length < 1000) await pass(100);
    await drained(worker, ended);

    const shares = sharesOf(started.slice(0, 1000));
    expect(shares['priority']).toBeCloseTo(90 / 130, 2);
    expect(shares['standard']).toBeCloseTo(30 / 130, 2);
    expect(shares['background']).toBeCloseTo(10 / 130, 2);
  });

  test('weighted-time splits the time of the slots, also with tasks far shorter than a round trip', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES, strategy: 'weighted-time' });
    const milliseconds = { priority: 2, standard: 10, background: 50 };
    for (const [queue, duration] of Object.entries(milliseconds)) {
      harness.handleIn(queue, duration);
      await harness.enqueue(queue, queue, 20_000 / duration);
    }
    const { worker, ended } = harness.startWorker();

    await pass(2000);
    const byQueue = Map.groupBy(harness.started, ({ queue }) => queue);
    const time = (queue: keyof typeof milliseconds): number =>
      (byQueue.get(queue)?.length ?? 0) * milliseconds[queue];
    const total = time('priority') + time('standard') + time('background');
    await drained(worker, ended);

    expect(time('priority') / total).toBeCloseTo(90 / 130, 1);
    expect(time('standard') / total).toBeCloseTo(30 / 130, 1);
    expect(time('background') / total).toBeCloseTo(10 / 130, 1);
  });

  test('a task costs about a tenth of a receive and a tenth of a delete', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES });
    harness.handleIn('work', 50);
    for (const queue of Object.keys(THREE_QUEUES)) await harness.enqueue(queue, 'work', 600);
    const { worker, ended } = harness.startWorker();

    await pass(5000);
    await drained(worker, ended);

    const finished = harness.started.length;
    const brokers = Object.keys(THREE_QUEUES).map((queue) => harness.brokerOf(queue).requests);
    const sum = (key: 'receive' | 'ack') => brokers.reduce((total, each) => total + each[key], 0);
    expect(finished).toBeGreaterThan(900);
    expect(sum('receive') / finished).toBeLessThan(0.12);
    expect(sum('ack') / finished).toBeLessThan(0.25);
  });

  test('strict priority serves nothing else until the heaviest queue is empty', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES, strategy: 'strict-priority' });
    harness.handleIn('work', 50);
    await harness.enqueue('background', 'work', 100);
    await harness.enqueue('priority', 'work', 100);
    const { worker, ended } = harness.startWorker();

    await pass(10_000);
    await drained(worker, ended);

    const queues = harness.started.map(({ queue }) => queue);
    // The first polls race: up to ten slots are taken before the other queue has answered.
    expect(queues.slice(10, 100).filter((queue) => queue === 'background')).toHaveLength(0);
    expect(queues).toHaveLength(200);
  });
});

test('a queue that was empty for a minute does not make up for it at the cost of others', async () => {
  const harness = workerHarness({ queues: { heavy: 90, light: 30 } });
  harness.handleIn('work', 100);
  await harness.enqueue('light', 'work', 8000);
  const { worker, ended } = harness.startWorker();
  await pass(60_000);

  await harness.enqueue('heavy', 'work', 1000);
  const before = harness.started.length;
  await pass(5000);
  const shares = sharesOf(harness.started.slice(before, before + 200));
  await drained(worker, ended);

  expect(shares['light']).toBeGreaterThanOrEqual(0.23);
});

describe('an empty queue never delays another', () => {
  test.each(['background', 'standard', 'priority'])(
    'with only %s backlogged and lanes off, 10 slots are at least 95 %% busy',
    async (queue) => {
      const harness = workerHarness({ queues: THREE_QUEUES, worker: { lanes: false } });
      harness.handleIn('two seconds', 2000);
      await harness.enqueue(queue, 'two seconds', 400);
      const { worker, ended } = harness.startWorker();

      await pass(60_000);
      const startedInAMinute = harness.started.length;
      await drained(worker, ended);

      const possible = (10 * 60) / 2;
      expect(startedInAMinute / possible).toBeGreaterThanOrEqual(0.95);
    },
  );

  test('with short tasks in one light queue, slots wait for nothing but the round trip', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES, worker: { lanes: false } });
    harness.handleIn('short', 100);
    await harness.enqueue('background', 'short', 2000);
    const { worker, ended } = harness.startWorker();

    await pass(10_000);
    const startedInTenSeconds = harness.started.length;
    await drained(worker, ended);

    expect(startedInTenSeconds / 1000).toBeGreaterThanOrEqual(0.95);
  });

  test('with tasks as short as two round trips, a light queue alone still fills the slots', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES, worker: { lanes: false } });
    // 5 to 35 ms, 20 on average, so that slots become free one by one.
    harness.handle('short', () => pause(5 + ((harness.started.length * 7) % 31)));
    await harness.enqueue('background', 'short', 6000);
    const { worker, ended } = harness.startWorker();

    await pass(10_000);
    const startedInTenSeconds = harness.started.length;
    await drained(worker, ended);

    expect(startedInTenSeconds / 5000).toBeGreaterThanOrEqual(0.95);
  });

  test('many slots are fed by two polls at a time while the polls come back full', async () => {
    const harness = workerHarness({ worker: { concurrency: 100 } });
    harness.handleIn('short', 20);
    await harness.enqueue('main', 'short', 5000);
    const { worker, ended } = harness.startWorker();

    await pass(2000);
    const startedInTwoSeconds = harness.started.length;
    await drained(worker, ended);

    // One poll at a time would bring 10 tasks in 10 ms.
    expect(startedInTwoSeconds).toBeGreaterThan(1.8 * 2000);
  });

  test('with only priority trickling, every task begins within two round trips', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES });
    harness.handleIn('urgent', 5);
    const { worker, ended } = harness.startWorker();
    await pass(60_000);
    const enqueuedAt = new Map<string, number>();

    for (let index = 0; index < 100; index++) {
      const [id = ''] = await harness.enqueue('priority', 'urgent');
      enqueuedAt.set(id, Date.now());
      await pass(137);
    }
    await drained(worker, ended);

    const waits = harness.started.map(({ taskId, at }) => at - (enqueuedAt.get(taskId) ?? 0));
    expect(waits).toHaveLength(100);
    expect(Math.max(...waits)).toBeLessThanOrEqual(20);
  });

  test('a priority task comes next although background tasks fill every slot', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES });
    harness.handleIn('slow', 1000);
    harness.handleIn('urgent', 5);
    await harness.enqueue('background', 'slow', 500);
    const { worker, ended } = harness.startWorker();
    await pass(10_500);
    const before = harness.started.length;

    await harness.enqueue('priority', 'urgent');
    await pass(1500);
    await drained(worker, ended);

    const next = harness.started.slice(before).map(({ queue }) => queue);
    expect(next.indexOf('priority')).toBe(0);
  });

  test('by default a light queue alone keeps 9 of 10 slots at least 95 % busy', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES });
    harness.handleIn('two seconds', 2000);
    await harness.enqueue('background', 'two seconds', 400);
    const { worker, ended } = harness.startWorker();

    await pass(60_000);
    const startedInAMinute = harness.started.length;
    await drained(worker, ended);

    const possible = (9 * 60) / 2;
    expect(startedInAMinute / possible).toBeGreaterThanOrEqual(0.95);
  });

  test('an urgent task finds a free slot although long light tasks fill the others', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES });
    harness.handleIn('very slow', 60_000);
    harness.handleIn('urgent', 5);
    await harness.enqueue('background', 'very slow', 50);
    const { worker, ended } = harness.startWorker();
    await pass(10_000);
    const inBackground = harness.started.length;

    const [id = ''] = await harness.enqueue('priority', 'urgent');
    await pass(100);

    expect(inBackground).toBe(9);
    expect(harness.started.at(-1)?.taskId).toBe(id);
    worker.cancel();
    await pass(30_000);
    await ended;
  });

  test('an idle worker makes one request in 20 s for each queue', async () => {
    const harness = workerHarness({ queues: THREE_QUEUES });
    const { worker, ended } = harness.startWorker();

    await pass(3_600_000);
    await drained(worker, ended);

    for (const queue of Object.keys(THREE_QUEUES)) {
      expect(harness.brokerOf(queue).requests.receive).toBeLessThanOrEqual(181);
    }
  });
});
