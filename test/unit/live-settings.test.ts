import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseConfig } from '../../shared/config/config.ts';
import { SettingsWatch } from '../../shared/control/control-store.ts';
import type { Overrides } from '../../shared/control/overrides.ts';
import { parseOverrides } from '../../shared/control/parse-overrides.ts';
import { LogUnavailableError } from '../../shared/errors.ts';
import { MemoryControlStore } from '../../shared/memory/stores.ts';
import { drained, sharesOf, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** With equal weights each queue leaves the other a slot. */
const LEFT_FIRST = { queues: { left: { weight: 90 }, right: { weight: 10 } } };

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

/** Two equal queues of short tasks, and a worker that follows the control record. */
async function setup() {
  const harness = workerHarness({ queues: { left: 50, right: 50 } });
  harness.handleIn('work', 250);
  for (const queue of ['left', 'right']) await harness.enqueue(queue, 'work', 3600);
  const { worker, ended } = harness.startWorker();
  const store = new MemoryControlStore();
  const { config, logger } = harness;
  const info = vi.spyOn(logger, 'info');
  const error = vi.spyOn(logger, 'error');
  const watch = new SettingsWatch({ store, config, logger, apply: (to) => worker.apply(to) });
  await watch.start();
  await pass(1000);
  let version = 0;
  const override = async (overrides: Overrides): Promise<void> => {
    ({ version } = await store.write(version, overrides, 'ann'));
  };
  /** Counts the tasks that start in one second after the next refresh. */
  const startedAfterRefresh = async () => {
    await pass(30_000);
    const before = harness.started.length;
    await pass(1000);
    return harness.started.slice(before);
  };
  const stop = async (): Promise<void> => {
    watch.stop();
    await drained(worker, ended);
  };
  return { ...harness, worker, store, watch, info, error, override, startedAfterRefresh, stop };
}

describe('within one refresh of 30 s, without a restart', () => {
  test('new weights share the slots, and the log has the old and the new ones', async () => {
    const { override, startedAfterRefresh, info, stop } = await setup();

    await override({ queues: { left: { weight: 90 }, right: { weight: 10 } } });
    const started = await startedAfterRefresh();

    expect(sharesOf(started)['left']).toBeCloseTo(0.9, 1);
    expect(info).toHaveBeenCalledWith(
      'settings changed',
      expect.objectContaining({
        changedBy: 'ann',
        version: 1,
        changes: [
          { setting: 'queues.left.weight', from: 50, to: 90 },
          { setting: 'queues.right.weight', from: 50, to: 10 },
        ],
      }),
    );
    await stop();
  });

  test('another strategy decides', async () => {
    const { override, startedAfterRefresh, stop } = await setup();

    await override({ strategy: 'strict-priority', ...LEFT_FIRST });
    const started = await startedAfterRefresh();

    expect(sharesOf(started)).toEqual({ left: 1 });
    await stop();
  });

  test('a lane limits a queue to fewer slots', async () => {
    const { override, startedAfterRefresh, worker, stop } = await setup();

    await override({ queues: { left: { maxSlots: 2 } } });
    await startedAfterRefresh();

    const running = worker.status().find(({ queue }) => queue === 'left')?.running;
    expect(running).toBeLessThanOrEqual(2);
    await stop();
  });

  test('a poll takes no more than its limit', async () => {
    const { override, brokerOf, stop } = await setup();
    const receive = vi.spyOn(brokerOf('left'), 'receive');
    await override({ queues: { left: { receive: 3 } } });
    await pass(30_000);
    receive.mockClear();

    await pass(1000);

    expect(new Set(receive.mock.calls.map(([{ max }]) => max))).toEqual(new Set([3]));
    await stop();
  });

  test('a paused queue starts nothing and keeps nothing; the other goes on; resuming resumes', async () => {
    const { override, startedAfterRefresh, worker, stop } = await setup();

    await override({ queues: { left: { paused: true } } });
    const paused = await startedAfterRefresh();
    const status = worker.status().find(({ queue }) => queue === 'left');
    await override({});
    const resumed = await startedAfterRefresh();

    expect(sharesOf(paused)).toEqual({ right: 1 });
    expect(status).toEqual({ queue: 'left', buffered: 0, running: 0, isPaused: true });
    expect(sharesOf(resumed)['left']).toBeCloseTo(0.5, 1);
    await stop();
  });

  test('a paused fleet starts nothing at all', async () => {
    const { override, startedAfterRefresh, worker, stop } = await setup();

    await override({ paused: true });

    expect(await startedAfterRefresh()).toEqual([]);
    expect(worker.busySlots).toBe(0);
    await stop();
  });
});

describe('invalid settings change nothing', () => {
  test('lanes that would starve a queue are refused, and the worker goes on as before', async () => {
    const { override, startedAfterRefresh, error, stop } = await setup();

    await override({ queues: { left: { minSlots: 10 } } });
    const started = await startedAfterRefresh();

    expect(sharesOf(started)['right']).toBeCloseTo(0.5, 1);
    expect(error).toHaveBeenCalledWith(
      'live settings are invalid; the worker keeps the latest',
      expect.objectContaining({ version: 1 }),
    );
    await stop();
  });

  test('queues that only newer workers know are ignored', async () => {
    const { override, startedAfterRefresh, stop } = await setup();

    const queues = { ...LEFT_FIRST.queues, newer: { weight: 7 } };
    await override({ strategy: 'strict-priority', queues });

    expect(sharesOf(await startedAfterRefresh())).toEqual({ left: 1 });
    await stop();
  });

  test('while the record cannot be read the latest settings stay, and later changes arrive', async () => {
    const { override, store, startedAfterRefresh, stop } = await setup();
    vi.spyOn(store, 'read').mockRejectedValueOnce(new LogUnavailableError('get', 'away'));
    await override({ strategy: 'strict-priority', ...LEFT_FIRST });

    const during = await startedAfterRefresh();
    const after = await startedAfterRefresh();

    expect(sharesOf(during)['left']).toBeCloseTo(0.5, 1);
    expect(sharesOf(after)).toEqual({ left: 1 });
    await stop();
  });
});

test('an edited configuration takes effect, with the overrides still on top', async () => {
  const { config, watch, override, startedAfterRefresh, stop } = await setup();
  await override({ queues: { right: { paused: true } } });
  await startedAfterRefresh();

  watch.reconfigure({ ...config, strategy: 'strict-priority' });
  const started = await startedAfterRefresh();

  expect(sharesOf(started)).toEqual({ left: 1 });
  await stop();
});

test('an edit that would starve a queue together with the overrides changes nothing', async () => {
  const { config, watch, override, startedAfterRefresh, error, stop } = await setup();
  await override({ queues: { left: { minSlots: 9 } } });
  await startedAfterRefresh();

  const queues = config.queues.map((queue) =>
    queue.name === 'right' ? { ...queue, minSlots: 5 } : queue,
  );
  watch.reconfigure({ ...config, queues, worker: { ...config.worker, concurrency: 20 } });

  expect(error).toHaveBeenCalledOnce();
  expect(sharesOf(await startedAfterRefresh())['right']).toBeGreaterThan(0);
  await stop();
});

test('every problem of the overrides is named at once', () => {
  const config = parseConfig(
    { queues: [{ name: 'main', weight: 1, broker: { type: 'sqs' } }] },
    'of a test',
  );
  const raw = { stratgy: 'x', queues: { main: { weight: 0, receive: 501 } } };

  const result = parseOverrides(raw, config);
  const unknown = parseOverrides({ queues: { other: { weight: 1 } } }, config);

  expect(result).toMatchObject({
    problems: [
      { path: 'queues.main.weight' },
      { path: 'queues.main.receive' },
      { message: 'unknown "stratgy"; accepted: paused, strategy, lanes, queues' },
    ],
  });
  expect(unknown).toEqual({
    problems: [
      { path: 'queues.other', message: 'is not a queue that workers serve; they serve: main' },
    ],
  });
});

test('an override must not request more messages at once than the broker returns', () => {
  const queues = [
    { name: 'main', weight: 1, broker: { type: 'sqs' } },
    { name: 'slow', weight: 1, broker: { type: 'postgres', persistence: 'default' } },
  ];
  const raw = { queues: { main: { receive: 11 }, slow: { receive: 500 } } };

  const result = parseOverrides(raw, parseConfig({ queues }, 'of a test'));

  const message = '11 is more than the 10 that a broker of type "sqs" returns';
  expect(result).toEqual({ problems: [{ path: 'queues.main.receive', message }] });
});
