import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { LogUnavailableError } from '../../shared/errors.ts';
import { Report } from '../../shared/report/report.ts';
import { RetryLaterError } from '../../shared/task/task-context.ts';
import { aTask } from '../support/a-task.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

const HOUR_MS = 3_600_000;
const IDLE = { waiting: 0, inFlight: 0, delayed: 0 };

describe('messages that a worker leases', () => {
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

  test('a task of almost 12 h is kept no longer than SQS allows, and runs once', async () => {
    const harness = workerHarness();
    harness.handleIn('12 hours', 12 * HOUR_MS - 20_000, { timeoutSeconds: 43_200 });
    const [id = ''] = await harness.enqueue('main', '12 hours');
    const began = Date.now();
    const hiddenUntil: number[] = [];
    const inner = harness.brokerOf('main').inner;
    const changeLease = inner.changeLease.bind(inner);
    vi.spyOn(inner, 'changeLease').mockImplementation((deliveries, seconds) => {
      if (deliveries.some(({ receiveCount }) => receiveCount === 1)) {
        hiddenUntil.push(Date.now() + seconds * 1000 - began);
      }
      return changeLease(deliveries, seconds);
    });
    const first = harness.startWorker('worker-1');
    const second = harness.startWorker('worker-2');

    await pass(12 * HOUR_MS + 120_000);
    for (const { worker } of [first, second]) worker.drain();
    await pass(25_000);
    await Promise.all([first.ended, second.ended]);

    expect(Math.max(...hiddenUntil)).toBeGreaterThan(11.9 * HOUR_MS);
    expect(Math.max(...hiddenUntil)).toBeLessThanOrEqual(12 * HOUR_MS);
    expect(harness.started).toHaveLength(1);
    expect(await harness.record(id)).toMatchObject({ status: 'completed', attempt: 1 });
    expect(await harness.brokerOf('main').depth()).toEqual(IDLE);
  });

  /** A worker with one slot that was busy with short tasks: it holds long ones ahead. */
  async function holdingLongTasks(worker: Record<string, number>) {
    const harness = workerHarness({ worker: { concurrency: 1, ...worker } });
    harness.handleIn('short', 50);
    harness.handleIn('long', 200_000);
    await harness.enqueue('main', 'short', 40);
    await harness.enqueue('main', 'long', 8);
    const started = harness.startWorker();
    await pass(4000);
    return { ...harness, ...started };
  }

  test('tasks waiting in its buffer are kept from other workers too, up to their time', async () => {
    const { brokerOf, worker, ended } = await holdingLongTasks({
      visibilityTimeoutSeconds: 10,
      bufferSeconds: 3600,
    });

    await pass(90_000);

    expect(await brokerOf('main').depth()).toEqual({ ...IDLE, inFlight: 8 });
    worker.cancel();
    await pass(25_000);
    await ended;
  });

  test('tasks that waited 5 s are requeued by default, and no more are fetched', async () => {
    const { brokerOf, worker, ended } = await holdingLongTasks({});

    await pass(5000);
    const depth = await brokerOf('main').depth();
    const polls = brokerOf('main').requests.receive;
    await pass(120_000);

    expect(depth).toEqual({ ...IDLE, waiting: 7, inFlight: 1 });
    expect(brokerOf('main').requests.receive).toBe(polls);
    worker.cancel();
    await pass(25_000);
    await ended;
  });

  test('tasks that waited too long are requeued on time, however long the visibility timeout is', async () => {
    const { brokerOf, worker, ended } = await holdingLongTasks({
      bufferSeconds: 30,
      visibilityTimeoutSeconds: 43_200,
    });

    await pass(20_000);
    const before = await brokerOf('main').depth();
    await pass(11_000);

    expect(before).toEqual({ ...IDLE, inFlight: 8 });
    expect(await brokerOf('main').depth()).toEqual({ ...IDLE, waiting: 7, inFlight: 1 });
    worker.cancel();
    await pass(25_000);
    await ended;
  });

  test('a worker that is busy with long tasks fetches none ahead', async () => {
    const harness = workerHarness({ worker: { concurrency: 1 } });
    harness.handleIn('slow', 200_000);
    await harness.enqueue('main', 'slow', 8);
    const { worker, ended } = harness.startWorker();

    await pass(60_000);

    expect(await harness.brokerOf('main').depth()).toEqual({ ...IDLE, waiting: 7, inFlight: 1 });
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
    await drained(worker, ended);
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
    await drained(worker, ended);

    expect(claim.outcome).toBe('claimed');
    expect(record).toMatchObject({ status: 'completed', attempt: 2 });
  });

  test('a claim that could not be renewed is tried again before it ends', async () => {
    const harness = workerHarness({ worker: { visibilityTimeoutSeconds: 60 } });
    harness.handleIn('long', 600_000);
    const [id = ''] = await harness.enqueue('main', 'long');
    vi.spyOn(harness.log, 'heartbeat').mockRejectedValueOnce(new LogUnavailableError('write', ''));
    const { worker, ended } = harness.startWorker();

    await pass(65_000);
    const { log } = harness;
    const again = { queue: 'main', workerId: 'worker-2', leaseSeconds: 60, claimId: 'again' };
    const claim = await log.claim(aTask({ id, name: 'long', parameters: {} }), again);

    expect(claim).toMatchObject({ outcome: 'busy' });
    worker.cancel();
    await pass(25_000);
    await ended;
  });

  test('a slow renewal does not shorten the delay of a message that is requeued meanwhile', async () => {
    const harness = workerHarness({ worker: { visibilityTimeoutSeconds: 4 } });
    harness.handle('later', async () => {
      await pause(4500);
      throw new RetryLaterError(30);
    });
    const { inner } = harness.brokerOf('main');
    const changeLease = inner.changeLease.bind(inner);
    vi.spyOn(inner, 'changeLease').mockImplementationOnce(async (...lease) => {
      await pause(3000);
      return changeLease(...lease);
    });
    const { worker, ended } = harness.startWorker();
    await pass(500);
    await harness.enqueue('main', 'later');

    await pass(30_000);

    expect(harness.started).toHaveLength(1);
    worker.cancel();
    await pass(25_000);
    await ended;
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
    vi.spyOn(harness.log, 'heartbeat').mockResolvedValue('lost');
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
