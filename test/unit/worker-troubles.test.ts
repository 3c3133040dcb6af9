import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LogUnavailableError } from '../../shared/errors.ts';
import { Report } from '../../shared/report/report.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

test('after a short outage many polls come back at once, as one would', async () => {
  const harness = workerHarness({ worker: { concurrency: 100 } });
  harness.handleIn('short', 5);
  await harness.enqueue('main', 'short', 12_000);
  const { worker, ended } = harness.startWorker();
  await pass(200);

  harness.brokerOf('main').isDown = true;
  await pass(60);
  harness.brokerOf('main').isDown = false;
  await pass(700);
  const before = harness.started.length;
  await pass(500);
  const startedInHalfASecond = harness.started.length - before;
  await drained(worker, ended);

  expect(startedInHalfASecond).toBeGreaterThan(1500);
});

describe('messages a worker cannot run', () => {
  test('one that is no task is kept among the dead letters and in the log', async () => {
    const harness = workerHarness();
    await harness.brokerOf('main').publish([{ body: '{"hello":"world"}' }]);
    const { worker, ended } = harness.startWorker();

    await pass(5000);
    await drained(worker, ended);

    const [letter] = harness.brokerOf('main').inner.deadLetters;
    expect(letter?.body).toBe('{"hello":"world"}');
    expect(letter?.reason).toContain('id: ');
    const { tasks } = await harness.log.list({ limit: 10 });
    expect(tasks).toMatchObject([{ status: 'unknown', name: 'undecodable-message' }]);
    expect(await harness.brokerOf('main').depth()).toMatchObject({ waiting: 0, inFlight: 0 });
  });

  test('one with a name no handler has is retried for a while, and says why it waits', async () => {
    const harness = workerHarness();
    harness.handleIn('known', 1);
    const [id = ''] = await harness.enqueue('main', 'unknown-task');
    const { worker, ended } = harness.startWorker();

    await pass(1000);
    const waiting = await harness.record(id);
    harness.handleIn('unknown-task', 1);
    await pass(60_000);
    await drained(worker, ended);

    expect(waiting).toMatchObject({ status: 'enqueued' });
    expect(waiting.report?.children).toMatchObject([
      { message: expect.stringContaining('"unknown-task"') },
    ]);
    expect(await harness.record(id)).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('a name that stays unknown becomes a failed task and a dead letter', async () => {
    const harness = workerHarness();
    const [id = ''] = await harness.enqueue('main', 'unknown-task');
    const { worker, ended } = harness.startWorker();

    await pass(8 * 3_600_000);
    await drained(worker, ended);

    expect(await harness.record(id)).toMatchObject({ status: 'failed' });
    expect(harness.brokerOf('main').inner.deadLetters).toHaveLength(1);
  });

  test('a task whose workers died as often as it may be tried has failed, and is a dead letter', async () => {
    const harness = workerHarness();
    harness.handleIn('deadly', 1, { retry: { maxAttempts: 2 } });
    const [id = ''] = await harness.enqueue('main', 'deadly');
    const request = { queue: 'main', workerId: 'died', leaseSeconds: 1 };
    for (let death = 0; death < 2; death++) {
      const task = { ...(await harness.record(id)), parameters: {} };
      await harness.log.claim(task, { ...request, claimId: `death-${death}` });
      await pass(1500);
    }
    const { worker, ended } = harness.startWorker();

    await pass(5000);
    await drained(worker, ended);

    expect(harness.started).toEqual([]);
    expect((await harness.record(id)).report?.children).toEqual([
      Report.error('none of its 2 attempts came to an end'),
    ]);
    expect(harness.brokerOf('main').inner.deadLetters).toHaveLength(1);
  });
});

test('progress that cannot be stored does not disturb the work', async () => {
  const harness = workerHarness();
  harness.handle('work', async ({ context }) => context.progress(Number.NaN, 'x'.repeat(10_000)));
  const [id = ''] = await harness.enqueue('main', 'work');
  const down = new LogUnavailableError('update', new Error('timeout'));
  vi.spyOn(harness.log, 'heartbeat').mockRejectedValue(down);
  const { worker, ended } = harness.startWorker();

  await pass(1000);
  await drained(worker, ended);

  expect(await harness.record(id)).toMatchObject({ status: 'completed', attempt: 1 });
});

describe('when the task log fails', () => {
  test('the end of a task is stored when the log is back, and the task is run once', async () => {
    const harness = workerHarness();
    harness.handleIn('work', 10);
    const [id = ''] = await harness.enqueue('main', 'work');
    const down = new LogUnavailableError('update', new Error('timeout'));
    const finish = vi.spyOn(harness.log, 'finish').mockRejectedValue(down);
    const { worker, ended } = harness.startWorker();

    await pass(120_000);
    const during = await harness.brokerOf('main').depth();
    finish.mockRestore();
    await pass(30_000);
    await drained(worker, ended);

    expect(during).toMatchObject({ inFlight: 1 });
    expect(harness.started).toHaveLength(1);
    expect(await harness.record(id)).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('no task begins without its claim, and all begin when the log is back', async () => {
    const harness = workerHarness();
    harness.handleIn('work', 10);
    await harness.enqueue('main', 'work', 3);
    const down = new LogUnavailableError('update', new Error('timeout'));
    const claim = vi.spyOn(harness.log, 'claim').mockRejectedValue(down);
    const { worker, ended } = harness.startWorker();

    await pass(60_000);
    const during = harness.started.length;
    claim.mockRestore();
    await pass(30_000);
    await drained(worker, ended);

    expect(during).toBe(0);
    expect(harness.started).toHaveLength(3);
  });

  test('an error nobody foresaw costs the task nothing: it is delivered again', async () => {
    const harness = workerHarness();
    harness.handleIn('work', 10);
    const [id = ''] = await harness.enqueue('main', 'work');
    vi.spyOn(harness.log, 'claim').mockRejectedValueOnce(new Error('a bug'));
    const { worker, ended } = harness.startWorker();

    await pass(60_000);
    await drained(worker, ended);

    expect(await harness.record(id)).toMatchObject({ status: 'completed' });
    expect(harness.logger.lines.some(({ level }) => level === 'error')).toBe(true);
  });
});
