import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { context, diag, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { newUsage } from '../../functions/wiring/usage-meter.ts';
import { attendToEcs } from '../../functions/worker/ecs/attend-to-ecs.ts';
import {
  runWorker,
  type WorkerOptions,
  type WorkerParts,
} from '../../functions/worker/run-worker.ts';
import { MemoryControlStore } from '../../shared/memory/stores.ts';
import { startTraceCollector } from '../support/trace-collector.ts';
import { workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR2', 'SIGCONT'] as const;
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
  const run = (options: WorkerOptions, more: Partial<WorkerParts> = {}) =>
    runWorker({ ...parts, ...more }, options);
  return { config, logger, run, polls: () => brokerOf('main').requests.receive };
}

/** The last part to start. */
const FAILING: WorkerOptions = {
  attend: [
    () => {
      throw new Error('no such program');
    },
  ],
};

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

test('a start-up that fails leaves no timer of the retention, the settings or ECS', async () => {
  const { run, logger } = setup();
  const removeExpired = vi.fn(async () => 0);
  const before = listeners();

  const attend = [attendToEcs({}, logger).attend, ...(FAILING.attend ?? [])];
  await expect(run({ attend }, { removeExpired })).rejects.toThrow('no such program');

  expect(removeExpired).toHaveBeenCalledTimes(1);
  expect(listeners()).toEqual(before);
  expect(vi.getTimerCount()).toBe(0);
});

test('a start-up that fails no longer watches the configuration file', async () => {
  const { config, run } = setup();
  const path = join(await mkdtemp(join(tmpdir(), 'task-queue-test-')), 'config.json');
  await writeFile(path, JSON.stringify(config));
  vi.stubEnv('TASK_QUEUE_CONFIG', path);
  const watchers = () =>
    process.getActiveResourcesInfo().filter((resource) => resource === 'StatWatcher');
  const before = watchers().length;

  await expect(run(FAILING)).rejects.toThrow('no such program');

  expect(watchers()).toHaveLength(before);
});

test('a start-up that fails sends the spans that were recorded until then', async () => {
  const { run } = setup();
  const collector = await startTraceCollector();
  onTestFinished(collector.close);
  onTestFinished(removeTracing);
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', collector.endpoint);
  vi.useRealTimers();
  const start = () => {
    trace.getTracer('test').startSpan('started').end();
    throw new Error('no such program');
  };

  await expect(run({ attend: [start] })).rejects.toThrow('no such program');

  expect(collector.spans()).toMatchObject([{ name: 'started' }]);
});

/** Other files run in this process after this one, and their spans go nowhere. */
function removeTracing(): void {
  const provider = trace.getTracerProvider();
  // Tracers that were made before keep the provider.
  if (provider instanceof ProxyTracerProvider) provider.setDelegate(new ProxyTracerProvider());
  trace.disable();
  context.disable();
  diag.disable();
}

test('a worker that is stopped while it starts takes no task, and releases what it opened', async () => {
  const { run, polls } = setup();
  const control = new MemoryControlStore();
  vi.spyOn(control, 'read').mockImplementation(async () => {
    process.emit('SIGTERM');
    return { version: 0, overrides: {} };
  });
  const before = listeners();

  await run({}, { control });

  expect(polls()).toBe(0);
  expect(listeners()).toEqual(before);
  expect(vi.getTimerCount()).toBe(0);
});

test('a signal that arrives while parts are released is obeyed, and does not end the process', async () => {
  const { run, logger } = setup();
  const release = Promise.withResolvers<void>();
  const releasing = vi.fn(() => release.promise);
  const before = listeners();
  const ended = run({ attend: [() => releasing] });
  await vi.advanceTimersByTimeAsync(100);

  process.emit('SIGTERM');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(releasing).toHaveBeenCalled();
  expect(listeners()).toEqual(before.map((count) => count + 1));
  process.emit('SIGTERM');
  release.resolve();
  await ended;

  expect(logger.lines.map(({ message }) => message)).toEqual(
    expect.arrayContaining(['worker draining', 'worker cancelling its tasks', 'worker stopped']),
  );
  expect(listeners()).toEqual(before);
});
