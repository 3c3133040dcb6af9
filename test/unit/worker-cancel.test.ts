import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { RetryLaterError } from '../../shared/task/task-context.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

/** Claims are renewed once half of the visibility timeout of 60 s is over, looked at every 15 s. */
const HEARTBEAT_MS = 46_000;

test('a running task that is cancelled stops within one heartbeat, without a read', async () => {
  const harness = workerHarness();
  harness.handleIn('an hour', 3_600_000, { timeoutSeconds: 7200 });
  const [id = ''] = await harness.enqueue('main', 'an hour');
  const { worker, ended } = harness.startWorker();
  await pass(1000);
  const reads = [vi.spyOn(harness.log, 'get'), vi.spyOn(harness.log, 'getSummary')];

  await harness.log.cancel(id, { force: true });
  await pass(HEARTBEAT_MS);

  expect(reads.map((read) => read.mock.calls.length)).toEqual([0, 0]);
  expect(await harness.record(id)).toMatchObject({
    status: 'cancelled',
    report: { message: `Task ${id} was cancelled while it ran` },
  });
  await drained(worker, ended);
  expect(await harness.brokerOf('main').depth()).toMatchObject({ waiting: 0, inFlight: 0 });
});

test('reporting progress notices the cancellation sooner', async () => {
  const harness = workerHarness();
  harness.handle('talkative', async ({ context }) => {
    for (let step = 0; step < 100; step++) {
      await pause(1000, context.signal);
      context.signal.throwIfAborted();
      await context.progress(step);
    }
  });
  const [id = ''] = await harness.enqueue('main', 'talkative');
  const { worker, ended } = harness.startWorker();
  await pass(5000);

  await harness.log.cancel(id, { force: true });
  await pass(3000);

  expect((await harness.record(id)).status).toBe('cancelled');
  await drained(worker, ended);
});

test('a cancelled task that ignores its signal loses its slot after the grace', async () => {
  const harness = workerHarness({ worker: { concurrency: 1 } });
  harness.handle('deaf', () => pause(3_600_000), { timeoutSeconds: 7200 });
  harness.handleIn('next', 10);
  const [deaf = ''] = await harness.enqueue('main', 'deaf');
  const { worker, ended } = harness.startWorker();
  await pass(1000);
  const [next = ''] = await harness.enqueue('main', 'next');

  await harness.log.cancel(deaf, { force: true });
  await pass(HEARTBEAT_MS + 6000);

  expect((await harness.record(deaf)).status).toBe('cancelled');
  expect((await harness.record(next)).status).toBe('completed');
  await drained(worker, ended);
});

test.each([
  ['fails', new Error('no')],
  ['asks for later', new RetryLaterError(60)],
])('a cancelled task whose attempt %s is not tried again', async (_case, error) => {
  const harness = workerHarness();
  harness.handle('work', async () => {
    await pause(5000);
    throw error;
  });
  const [id = ''] = await harness.enqueue('main', 'work');
  const { worker, ended } = harness.startWorker();
  await pass(1000);

  await harness.log.cancel(id, { force: true });
  await pass(600_000);

  expect(harness.started).toHaveLength(1);
  expect((await harness.record(id)).status).toBe('cancelled');
  await drained(worker, ended);
});

test('a task cancelled while its worker was dead is ended by the next worker, and not run', async () => {
  const harness = workerHarness();
  harness.handleIn('an hour', 3_600_000, { timeoutSeconds: 7200 });
  const [id = ''] = await harness.enqueue('main', 'an hour');
  const lost = harness.startWorker();
  await pass(1000);
  // Seen from the log it is dead: its claim runs out.
  vi.spyOn(harness.log, 'heartbeat').mockRejectedValue(new Error('no way out'));
  vi.spyOn(harness.brokerOf('main'), 'changeLease').mockRejectedValue(new Error('no way out'));
  await harness.log.cancel(id, { force: true });
  const { worker, ended } = harness.startWorker('worker-2');

  await pass(150_000);

  expect(harness.started).toHaveLength(1);
  expect((await harness.record(id)).status).toBe('cancelled');
  lost.worker.cancel();
  await drained(worker, ended);
  await lost.ended;
});
