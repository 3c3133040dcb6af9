import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  machineLoad,
  nextSlots,
  workerPool,
} from '../../functions/worker/process-pool/worker-pool.ts';
import { workerHarness } from '../support/worker-harness.ts';

const LIMITS = { cpuPercent: 80, memoryPercent: 80 };
const IDLE = { cpuPercent: 5, memoryPercent: 20 };

describe('how many tasks a pool may run', () => {
  test.each([
    ['one more while all slots are in use', { slots: 3, busy: 3, max: 10 }, IDLE, 4],
    ['no more than are used', { slots: 3, busy: 2, max: 10 }, IDLE, 3],
    ['never more than its concurrency', { slots: 4, busy: 4, max: 4 }, IDLE, 4],
    ['the first one', { slots: 0, busy: 0, max: 4 }, IDLE, 1],
    ['as before at a limit', { slots: 1, busy: 0, max: 4 }, { ...LIMITS }, 1],
    ['one fewer over the CPU limit', { slots: 9, busy: 4, max: 9 }, { ...IDLE, cpuPercent: 81 }, 3],
    [
      'one fewer over the memory limit',
      { slots: 4, busy: 4, max: 9 },
      { ...IDLE, memoryPercent: 81 },
      3,
    ],
    [
      'ever fewer while it stays over a limit',
      { slots: 2, busy: 4, max: 9 },
      { ...IDLE, cpuPercent: 99 },
      1,
    ],
    [
      'none when others use the machine',
      { slots: 1, busy: 0, max: 9 },
      { ...IDLE, cpuPercent: 99 },
      0,
    ],
  ])('%s', (_what, now, load, expected) => {
    expect(nextSlots(now, load, LIMITS)).toBe(expected);
  });

  test('a pool with endless work reaches what the machine carries, and stays there', () => {
    const perTask = 15;
    let slots = 0;
    let busy = 0;
    const seen: number[] = [];
    for (let look = 0; look < 200; look++) {
      const load = { cpuPercent: Math.min(10 + busy * perTask, 100), memoryPercent: 30 };
      slots = nextSlots({ slots, busy, max: 50 }, load, LIMITS);
      // Tasks are short: all that run have ended by the next look, and others have begun.
      busy = slots;
      if (look >= 20) seen.push(busy);
    }

    expect(Math.max(...seen)).toBe(5);
    expect(Math.min(...seen)).toBe(4);
  });
});

test('the load of this machine is measured in percent', () => {
  const measure = machineLoad();
  for (const end = Date.now() + 50; Date.now() < end; );

  const { cpuPercent, memoryPercent } = measure();

  expect(cpuPercent).toBeGreaterThan(0);
  expect(cpuPercent).toBeLessThanOrEqual(100);
  expect(memoryPercent).toBeGreaterThan(0);
  expect(memoryPercent).toBeLessThan(100);
});

test('a pool that seldom looks at the machine makes its polls, however few they are', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const harness = workerHarness({ worker: { pollWaitSeconds: 1 } });
  harness.handleIn('work', 100);
  await harness.enqueue('main', 'work');
  const limits = { cpuPercent: 100, memoryPercent: 100 };
  const { attend = [] } = workerPool({ intervalSeconds: 3600, limits }, harness.logger);
  const { worker, ended } = harness.startWorker('a pool', { maxPolls: 2 });
  const releases = attend.map((start) => start(worker, harness.config));

  await vi.advanceTimersByTimeAsync(60_000);
  await ended;
  for (const release of releases) release();

  expect(harness.started).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
