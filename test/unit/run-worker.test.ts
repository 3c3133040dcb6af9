import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newUsage } from '../../functions/wiring/usage-meter.ts';
import { runWorker, type WorkerOptions } from '../../functions/worker/run-worker.ts';
import { MemoryControlStore } from '../../shared/memory/stores.ts';
import { workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR2', 'SIGCONT'] as const;
const listeners = (): number[] => SIGNALS.map((signal) => process.listenerCount(signal));

/** Runs a worker over memory adapters. Its metrics go nowhere. */
function setup() {
  vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
  const { config, brokerOf, log, logger } = workerHarness();
  const parts = {
    config,
    brokers: new Map([['main', brokerOf('main')]]),
    control: new MemoryControlStore(),
    log,
    fileStore: undefined,
    logger,
    access: {
      region: async () => 'eu-west-1',
      credentials: async () => ({ accessKeyId: 'id', secretAccessKey: 'secret' }),
    },
    usage: newUsage(),
    requestsTo: () => 0,
    dispatcher: { enqueueMany: async () => [] },
  };
  return { logger, run: (options: WorkerOptions) => runWorker(parts, options) };
}

test('a worker that ended has released whatever it opened, the latest first', async () => {
  const { run } = setup();
  const released: string[] = [];
  const before = listeners();

  const running = run({
    maxPolls: 1,
    attend: [() => () => released.push('first'), () => () => released.push('second')],
  });
  await vi.advanceTimersByTimeAsync(60_000);
  await running;

  expect(released).toEqual(['second', 'first']);
  expect(listeners()).toEqual(before);
  expect(vi.getTimerCount()).toBe(0);
});

test('a start-up that fails half-way releases what was opened before', async () => {
  const { run } = setup();
  const released: string[] = [];
  const before = listeners();

  const running = run({
    attend: [
      () => () => released.push('first'),
      () => {
        throw new Error('no such program');
      },
    ],
  });

  await expect(running).rejects.toThrow('no such program');
  expect(released).toEqual(['first']);
  expect(listeners()).toEqual(before);
  expect(vi.getTimerCount()).toBe(0);
});

test('a part that cannot be released is logged, and the others are still released', async () => {
  const { run, logger } = setup();
  const released: string[] = [];

  const running = run({
    maxPolls: 1,
    attend: [
      () => () => released.push('first'),
      () => () => Promise.reject(new Error('the agent is gone')),
    ],
  });
  await vi.advanceTimersByTimeAsync(60_000);
  await running;

  expect(released).toEqual(['first']);
  expect(logger.lines).toContainEqual(
    expect.objectContaining({ level: 'warn', message: 'part of the worker could not be closed' }),
  );
});
