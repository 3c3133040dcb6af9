import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { LogUnavailableError } from '../../shared/errors.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('progress that still waits is written when the handler has ended, and none after that', async () => {
  const harness = workerHarness();
  let late: Promise<void> | undefined;
  harness.handle('work', async ({ context }) => {
    for (const percent of [10, 50, 100]) await context.progress(percent);
    setTimeout(() => {
      late = context.progress(0);
    }, 500);
  });
  const heartbeat = vi.spyOn(harness.log, 'heartbeat');
  const [id = ''] = await harness.enqueue('main', 'work');
  const { worker, ended } = harness.startWorker();

  await pass(5000);
  await late;
  await drained(worker, ended);

  expect(heartbeat.mock.calls.map(([, , progress]) => progress?.percent)).toEqual([10, 100]);
  expect(await harness.record(id)).toMatchObject({ status: 'completed' });
});

test('a slow task log gets the latest progress, and its writes do not pile up', async () => {
  const harness = workerHarness({ worker: { visibilityTimeoutSeconds: 600 } });
  const heartbeat = slowHeartbeat(harness, 10_000);
  harness.handle('work', async ({ context }) => {
    for (let percent = 0; percent < 60; percent++) {
      void context.progress(percent);
      await pause(1000);
    }
  });
  const [id = ''] = await harness.enqueue('main', 'work');
  const { worker, ended } = harness.startWorker();

  await pass(60_000 + 25_000);
  const { status } = await harness.record(id);
  await drained(worker, ended);

  expect(status).toBe('completed');
  expect(percentsOf(heartbeat)).toEqual([0, 9, 19, 29, 39, 49, 59]);
});

test('progress that cannot be stored at the end is logged, and the task ends anyway', async () => {
  const harness = workerHarness();
  vi.spyOn(harness.log, 'heartbeat').mockRejectedValue(new LogUnavailableError('write', 'down'));
  harness.handle('work', async ({ context }) => {
    for (const percent of [50, 100]) await context.progress(percent);
  });
  const [id = ''] = await harness.enqueue('main', 'work');
  const { worker, ended } = harness.startWorker();

  await pass(1000);
  await drained(worker, ended);

  expect(await harness.record(id)).toMatchObject({ status: 'completed' });
  const warnings = harness.logger.lines.filter(({ level }) => level === 'warn');
  expect(warnings.map(({ message }) => message)).toEqual([
    'progress could not be stored',
    'progress could not be stored',
  ]);
});

/** Makes each heartbeat take this long. */
function slowHeartbeat({ log }: ReturnType<typeof workerHarness>, milliseconds: number) {
  const heartbeat = log.heartbeat.bind(log);
  return vi.spyOn(log, 'heartbeat').mockImplementation(async (...call) => {
    await pause(milliseconds);
    return heartbeat(...call);
  });
}

const percentsOf = (heartbeat: ReturnType<typeof slowHeartbeat>) =>
  heartbeat.mock.calls.map(([, , progress]) => progress?.percent);
