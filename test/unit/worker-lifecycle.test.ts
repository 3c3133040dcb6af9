import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Report } from '../../shared/report/report.ts';
import { workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

const IDLE = { waiting: 0, inFlight: 0, delayed: 0 };

describe('a worker that is told to stop', () => {
  test('finishes the task in hand, hands back the waiting ones, and ends', async () => {
    const harness = workerHarness({ worker: { concurrency: 1 } });
    harness.handleIn('work', 5000);
    const ids = await harness.enqueue('main', 'work', 5);
    const { worker, ended } = harness.startWorker();
    await pass(1000);

    worker.drain();
    await pass(25_000);
    await ended;

    const statuses = await Promise.all(ids.map(async (id) => (await harness.record(id)).status));
    expect(statuses).toEqual(['completed', 'enqueued', 'enqueued', 'enqueued', 'enqueued']);
    expect(await harness.brokerOf('main').depth()).toEqual({ ...IDLE, waiting: 4 });
  });

  test('takes back nothing that arrives with its last poll', async () => {
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

  test('hands back a task that outlives the grace period, without using an attempt', async () => {
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

  test('stops at once when told a second time', async () => {
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

  test('keeps the result of a handler that finishes although it was told to stop', async () => {
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
  test('finishes the task in hand, takes no new one, and goes on when resumed', async () => {
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
    worker.drain();
    await pass(25_000);
    await ended;

    expect(whilePaused).toBe(1);
    expect(depth).toEqual({ ...IDLE, waiting: 2 });
    expect(harness.started).toHaveLength(3);
  });

  test('polls no more', async () => {
    const harness = workerHarness();
    const { worker, ended } = harness.startWorker();
    await pass(1000);

    worker.pause();
    await pass(25_000);
    const polls = harness.brokerOf('main').requests.receive;
    await pass(600_000);

    expect(harness.brokerOf('main').requests.receive).toBe(polls);
    worker.drain();
    await pass(25_000);
    await ended;
  });
});

describe('what a worker holds', () => {
  test('a task ten times as long as the visibility timeout runs once', async () => {
    const harness = workerHarness({ worker: { visibilityTimeoutSeconds: 60 } });
    harness.handleIn('long', 600_000);
    const [id = ''] = await harness.enqueue('main', 'long');
    const first = harness.startWorker('worker-1');
    const second = harness.startWorker('worker-2');

    await pass(620_000);
    for (const { worker } of [first, second]) worker.drain();
    await pass(25_000);
    await Promise.all([first.ended, second.ended]);

    expect(harness.started).toHaveLength(1);
    expect(await harness.record(id)).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('tasks waiting in its buffer are kept from other workers too, up to their time', async () => {
    const harness = workerHarness({
      worker: { concurrency: 1, visibilityTimeoutSeconds: 10, bufferSeconds: 3600 },
    });
    harness.handleIn('slow', 100_000);
    await harness.enqueue('main', 'slow', 8);
    const { worker, ended } = harness.startWorker();

    await pass(90_000);

    expect(await harness.brokerOf('main').depth()).toEqual({ ...IDLE, inFlight: 8 });
    worker.cancel();
    await pass(25_000);
    await ended;
  });

  test('what waited too long goes back to the queue, but for the next in line', async () => {
    const harness = workerHarness({ worker: { concurrency: 1, bufferSeconds: 30 } });
    harness.handleIn('slow', 200_000);
    await harness.enqueue('main', 'slow', 8);
    const { worker, ended } = harness.startWorker();

    await pass(60_000);
    const depth = await harness.brokerOf('main').depth();
    const polls = harness.brokerOf('main').requests.receive;
    await pass(120_000);

    expect(depth).toEqual({ ...IDLE, waiting: 6, inFlight: 2 });
    expect(harness.brokerOf('main').requests.receive).toBe(polls);
    worker.cancel();
    await pass(25_000);
    await ended;
  });

  test('a queue whose waiting tasks went back is polled again after a pause', async () => {
    const harness = workerHarness({ worker: { concurrency: 1, bufferSeconds: 30 } });
    harness.handleIn('slow', 70_000);
    await harness.enqueue('main', 'slow', 4);
    const { worker, ended } = harness.startWorker();
    await pass(60_000);

    worker.pause();
    await pass(60_000);
    worker.resume();
    await pass(300_000);

    expect(harness.started).toHaveLength(4);
    worker.drain();
    await pass(25_000);
    await ended;
  });

  test('after a worker vanished, another finishes its task within the visibility timeout', async () => {
    const harness = workerHarness({ worker: { visibilityTimeoutSeconds: 60 } });
    harness.handleIn('work', 100);
    const [id = ''] = await harness.enqueue('main', 'work');
    // A worker receives and claims the task, and is never heard of again.
    await harness.brokerOf('main').inner.receive({ max: 1, waitSeconds: 0, leaseSeconds: 60 });
    const claim = await harness.log.claim(
      { ...(await harness.record(id)), parameters: {} },
      { queue: 'main', workerId: 'vanished', leaseSeconds: 60, claimId: 'vanished' },
    );
    const { worker, ended } = harness.startWorker('worker-2');

    await pass(61_500);
    const record = await harness.record(id);
    worker.drain();
    await pass(25_000);
    await ended;

    expect(claim.outcome).toBe('claimed');
    expect(record).toMatchObject({ status: 'completed', attempt: 2 });
  });

  test('losing the claim aborts the task, and nothing of it is recorded', async () => {
    const harness = workerHarness({ worker: { visibilityTimeoutSeconds: 8 } });
    let reason: unknown;
    harness.handle('work', async ({ context }) => {
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      reason = context.signal.reason;
      return Report.success('from the grave');
    });
    const [id = ''] = await harness.enqueue('main', 'work');
    const { worker, ended } = harness.startWorker();
    await pass(1000);
    // Somebody else takes the task over, as after a long network outage of this worker.
    vi.spyOn(harness.log, 'heartbeat').mockResolvedValue(false);
    const finish = vi.spyOn(harness.log, 'finish').mockResolvedValue(false);

    await pass(10_000);

    expect(reason).toMatchObject({ message: 'the claim on the task was lost' });
    expect(finish).toHaveBeenCalledOnce();
    expect((await harness.record(id)).status).toBe('running');
    worker.cancel();
    await pass(25_000);
    await ended;
  });
});

describe('when the broker fails', () => {
  test('a worker keeps trying, less and less often, and goes on when it is back', async () => {
    const harness = workerHarness();
    harness.handleIn('work', 10);
    harness.brokerOf('main').isDown = true;
    await harness.enqueue('main', 'work');
    const { worker, ended } = harness.startWorker();

    await pass(120_000);
    const tries = harness.brokerOf('main').requests.receive;
    harness.brokerOf('main').isDown = false;
    await pass(20_000);
    worker.drain();
    await pass(25_000);
    await ended;

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
    worker.drain();
    await pass(25_000);
    await ended;

    expect(harness.started).toHaveLength(1);
    expect(await harness.brokerOf('main').depth()).toEqual(IDLE);
  });
});
