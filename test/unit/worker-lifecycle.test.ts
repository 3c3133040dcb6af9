import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Report } from '../../shared/report/report.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

const IDLE = { waiting: 0, inFlight: 0, delayed: 0 };

describe('a worker that is stopped', () => {
  test('finishes the running task, requeues the waiting ones, and ends', async () => {
    const harness = workerHarness({ worker: { concurrency: 1 } });
    harness.handleIn('work', 5000);
    const ids = await harness.enqueue('main', 'work', 5);
    const { worker, ended } = harness.startWorker();
    await pass(1000);

    await drained(worker, ended);

    const statuses = await Promise.all(ids.map(async (id) => (await harness.record(id)).status));
    expect(statuses).toEqual(['completed', 'enqueued', 'enqueued', 'enqueued', 'enqueued']);
    expect(await harness.brokerOf('main').depth()).toEqual({ ...IDLE, waiting: 4 });
  });

  test('requeues whatever its last poll brings', async () => {
    const harness = workerHarness();
    harness.handleIn('work', 100);
    const { worker, ended } = harness.startWorker();
    await pass(1000);

    worker.drain();
    await harness.enqueue('main', 'work');
    await pass(25_000);
    await ended;

    expect(harness.started).toEqual([]);
    expect(await harness.brokerOf('main').depth()).toEqual({ ...IDLE, waiting: 1 });
  });

  test('acknowledges what it finished before it ends', async () => {
    const harness = workerHarness({ worker: { pollWaitSeconds: 1 } });
    harness.handleIn('work', 3000);
    await harness.enqueue('main', 'work', 3);
    const { worker, ended } = harness.startWorker();
    await pass(50);
    let depth: unknown;
    void ended.then(async () => {
      depth = await harness.brokerOf('main').depth();
    });

    worker.drain();
    await pass(25_000);

    expect(depth).toEqual(IDLE);
  });

  test('requeues a task that outlives the grace period, without using an attempt', async () => {
    const harness = workerHarness({ worker: { shutdownGraceSeconds: 30 } });
    harness.handleIn('long', 3_600_000);
    const [id = ''] = await harness.enqueue('main', 'long');
    const { worker, ended } = harness.startWorker();
    await pass(1000);

    worker.drain();
    await pass(29_000);
    const during = await harness.record(id);
    await pass(5000);
    await ended;

    expect(during.status).toBe('running');
    expect(await harness.record(id)).toMatchObject({ status: 'enqueued', attempt: 0 });
    expect(await harness.brokerOf('main').depth()).toEqual({ ...IDLE, waiting: 1 });
  });

  test('stops at once when it is stopped a second time', async () => {
    const harness = workerHarness();
    harness.handleIn('long', 3_600_000);
    const [id = ''] = await harness.enqueue('main', 'long');
    const { worker, ended } = harness.startWorker();
    await pass(1000);

    worker.drain();
    worker.cancel();
    await pass(20_000);
    await ended;

    expect(await harness.record(id)).toMatchObject({ status: 'enqueued', attempt: 0 });
  });

  test('gives up on a handler that ignores its signal', async () => {
    const harness = workerHarness();
    harness.handle('deaf', () => new Promise<never>(() => undefined));
    const [id = ''] = await harness.enqueue('main', 'deaf');
    const { worker, ended } = harness.startWorker();
    await pass(1000);

    worker.cancel();
    await pass(25_000);
    await ended;

    expect(await harness.record(id)).toMatchObject({ status: 'enqueued', attempt: 0 });
  });

  test('keeps the result of a handler that finishes after its signal has aborted', async () => {
    const harness = workerHarness();
    harness.handle('stubborn', async () => {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      return Report.success('finished anyway');
    });
    const [id = ''] = await harness.enqueue('main', 'stubborn');
    const { worker, ended } = harness.startWorker();
    await pass(1000);

    worker.cancel();
    await pass(25_000);
    await ended;

    expect(await harness.record(id)).toMatchObject({ status: 'completed' });
  });
});

describe('a worker that is paused', () => {
  test('finishes the running task, takes no new one, and continues when it is resumed', async () => {
    const harness = workerHarness({ worker: { concurrency: 1 } });
    harness.handleIn('work', 1000);
    await harness.enqueue('main', 'work', 3);
    const { worker, ended } = harness.startWorker();
    await pass(500);

    worker.pause();
    await pass(60_000);
    const whilePaused = harness.started.length;
    const depth = await harness.brokerOf('main').depth();
    worker.resume();
    await pass(5000);
    await drained(worker, ended);

    expect(whilePaused).toBe(1);
    expect(depth).toEqual({ ...IDLE, waiting: 2 });
    expect(harness.started).toHaveLength(3);
  });

  test('does not poll', async () => {
    const harness = workerHarness();
    const { worker, ended } = harness.startWorker();
    await pass(1000);

    worker.pause();
    await pass(25_000);
    const polls = harness.brokerOf('main').requests.receive;
    await pass(600_000);

    expect(harness.brokerOf('main').requests.receive).toBe(polls);
    await drained(worker, ended);
  });
});

describe('when the broker fails', () => {
  test('a worker retries with growing pauses, and continues when the broker is back', async () => {
    const harness = workerHarness();
    harness.handleIn('work', 10);
    harness.brokerOf('main').isDown = true;
    await harness.enqueue('main', 'work');
    const { worker, ended } = harness.startWorker();

    await pass(120_000);
    const tries = harness.brokerOf('main').requests.receive;
    harness.brokerOf('main').isDown = false;
    await pass(20_000);
    await drained(worker, ended);

    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(20);
    expect(harness.started).toHaveLength(1);
  });

  test('a finished task whose acknowledgement got lost is not run again', async () => {
    const harness = workerHarness({ worker: { visibilityTimeoutSeconds: 10 } });
    harness.handle('work', async () => {
      harness.brokerOf('main').isDown = true;
    });
    await harness.enqueue('main', 'work');
    const { worker, ended } = harness.startWorker();
    await pass(15_000);

    harness.brokerOf('main').isDown = false;
    await pass(30_000);
    await drained(worker, ended);

    expect(harness.started).toHaveLength(1);
    expect(await harness.brokerOf('main').depth()).toEqual(IDLE);
  });

  test('an acknowledgement that is given up is logged, with what happens next', async () => {
    const harness = workerHarness({ worker: { visibilityTimeoutSeconds: 600 } });
    harness.handle('work', async () => {
      harness.brokerOf('main').isDown = true;
    });
    const [id = ''] = await harness.enqueue('main', 'work');
    const { worker, ended } = harness.startWorker();

    await pass(30_000);

    expect(harness.logger.lines).toContainEqual({
      level: 'warn',
      message:
        'message could not be acknowledged; it is delivered once more, and its task is not run again',
      fields: { queue: 'main', taskId: id, messageId: expect.any(String), tries: 6 },
    });
    await drained(worker, ended);
  });
});
