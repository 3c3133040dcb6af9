import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { inOwnProcess } from '../../shared/pool/run-in-process.ts';
import type { Worker } from '../../shared/worker/worker.ts';
import { HOSTILE_ERRORS } from '../support/hostile-values.ts';
import { poolTasks } from '../support/pool-tasks.ts';
import { type HarnessOptions, workerHarness } from '../support/worker-harness.ts';

// A worker over memory adapters, with real processes for its tasks.

const PROGRAM = fileURLToPath(new URL('../support/pool-tasks.ts', import.meta.url));

const eventually = <Result>(check: () => Result): Promise<Result> =>
  vi.waitFor(check, { timeout: 15_000, interval: 20 });

let pool: { worker: Worker; ended: Promise<void>; pids: Set<number> };
afterEach(async () => {
  pool.worker.cancel();
  await pool.ended;
  vi.unstubAllEnvs();
  expect([...pool.pids]).toEqual([]);
});

function setup(options: HarnessOptions['worker'] = {}) {
  const harness = workerHarness({
    worker: { concurrency: 2, pollWaitSeconds: 1, visibilityTimeoutSeconds: 2, ...options },
    roundTripMs: 1,
  });
  const pids = new Set<number>();
  const reaper = {
    add: (pid: number) => pids.add(pid),
    remove: (pid: number) => pids.delete(pid),
  };
  const handlers = new Map(
    poolTasks.map((handler) => [handler.definition.name, inOwnProcess(handler, PROGRAM, reaper)]),
  );
  for (const { definition } of poolTasks) harness.handle(definition.name, async () => {});
  pool = { ...harness.startWorker('pool', { handlers }), pids };
  const enqueue = async (name: string, parameters = {}): Promise<string> => {
    const [id = ''] = await harness.enqueue('main', name, 1, { parameters, owner: 'ann' });
    return id;
  };
  const endOf = (id: string) =>
    eventually(async () => {
      const record = await harness.record(id);
      expect(['completed', 'failed', 'cancelled', 'child_running']).toContain(record.status);
      return record;
    });
  /** The process id that the running task tells. */
  const pidAtWork = (): Promise<number> =>
    eventually(() => {
      const line = harness.logger.lines.find(({ message }) => message === 'at work');
      expect(line).toBeDefined();
      return Number(line?.fields['pid']);
    });
  return { ...harness, ...pool, enqueue, endOf, pidAtWork };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const failure = (reason: string) => ({
  status: 'failed',
  report: { children: [{ message: expect.stringContaining(reason) }] },
});

describe('a task in a process of its own', { timeout: 30_000 }, () => {
  test('ends as in any worker, and its process with it', async () => {
    const { enqueue, endOf } = setup();
    const ids = [await enqueue('pid'), await enqueue('pid')];

    const records = await Promise.all(ids.map(endOf));

    const pids = records.map(({ report }) => report?.children[0]?.data) as { pid: number }[];
    expect(records.map(({ status }) => status)).toEqual(['completed', 'completed']);
    expect(new Set(pids.map(({ pid }) => pid)).size).toBe(2);
    expect(pids.some(({ pid }) => pid === process.pid || isAlive(pid))).toBe(false);
  });

  test.each([
    ['exits', 'exit', 'its process ended with exit code 3'],
    ['fills its memory', 'fill-memory', 'its process was killed by SIGABRT'],
    ['leaves a rejection unhandled', 'leave-a-rejection', 'its process ended with exit code 1'],
  ])('that %s takes only its own attempt with it', async (_what, name, reason) => {
    // The limit of each process: this is how you give a pool's tasks less memory.
    vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=60');
    const { enqueue, endOf } = setup();

    const crashed = await enqueue(name);
    const other = await enqueue('pid');

    expect(await endOf(crashed)).toMatchObject(failure(reason));
    expect(await endOf(other)).toMatchObject({ status: 'completed' });
  });

  test('that is killed fails with a report that says so', async () => {
    const { enqueue, endOf, pidAtWork } = setup();
    const id = await enqueue('wait');

    process.kill(await pidAtWork(), 'SIGKILL');

    expect(await endOf(id)).toMatchObject(failure('its process was killed by SIGKILL'));
  });

  test('takes along what it started', async () => {
    const { enqueue, endOf, pidAtWork } = setup();
    const id = await enqueue('leave-a-process');

    await endOf(id);

    const pid = await pidAtWork();
    await eventually(() => expect(isAlive(pid)).toBe(false));
  });

  test('is killed when it takes too long and does not listen', async () => {
    const { enqueue, endOf, pidAtWork } = setup();
    const id = await enqueue('spin');

    expect(await endOf(id)).toMatchObject(failure('the attempt took longer than 1 s'));
    expect(isAlive(await pidAtWork())).toBe(false);
  });

  test('hears that it was cancelled, and why', async () => {
    const { enqueue, endOf, pidAtWork, log, logger } = setup();
    const id = await enqueue('wait');
    await pidAtWork();

    await log.cancel(id, { force: true });

    expect(await endOf(id)).toMatchObject({ status: 'cancelled' });
    const line = logger.lines.find(({ message }) => message === 'told to stop');
    expect(line?.fields['reason']).toMatchObject({ message: 'the task was cancelled' });
  });

  test('is requeued when the worker stops, without using an attempt', async () => {
    const { enqueue, pidAtWork, worker, record } = setup();
    const id = await enqueue('wait');
    const pid = await pidAtWork();

    worker.cancel();
    await pool.ended;

    expect(isAlive(pid)).toBe(false);
    expect(await record(id)).toMatchObject({ status: 'enqueued', attempt: 0 });
  });
});

test('a message that the task itself sends is no end of it, and no end of the pool', async () => {
  const { enqueue, endOf } = setup();

  const id = await enqueue('use-its-channel');

  const { status, report } = await endOf(id);
  expect({ status, message: report?.children[0]?.message }).toEqual({
    status: 'completed',
    message: 'to its end',
  });
}, 30_000);

describe('a pool', { timeout: 30_000 }, () => {
  test.each(Object.keys(HOSTILE_ERRORS))('outlives an error that %s', async (how) => {
    const { enqueue, endOf } = setup();

    const id = await enqueue('throw-a-hostile-error', { how });

    expect(await endOf(id)).toMatchObject({ ...failure('the reason'), attempt: 1 });
  });

  test.each(['log-hostile-values', 'send-nonsense'])('is not disturbed by %s', async (name) => {
    const { enqueue, endOf } = setup();

    const id = await enqueue(name);

    expect(await endOf(id)).toMatchObject({ status: 'completed' });
  });
});

describe('the context of a task in a process of its own', { timeout: 30_000 }, () => {
  test('shows progress, stores a file, makes children and logs, as in any worker', async () => {
    const { enqueue, endOf, log, files, logger } = setup();

    const id = await enqueue('use-context', { colour: 'red' });
    const { report, file, status } = await endOf(id);

    const facts = { taskId: id, label: expect.any(String), attempt: 1, owner: 'ann' };
    const returned = report?.children[0];
    expect(returned?.data).toEqual({ colour: 'red', facts, bytes: 11 });
    expect(file).toMatchObject({ name: 'a.txt', bytes: 11 });
    expect(await files.get(file?.key ?? '')).toEqual(Buffer.from('of the task'));
    const children = returned?.children[0]?.message.split(',') ?? [];
    expect(children).toHaveLength(2);
    for (const child of children) {
      expect(await log.getSummary(child)).toMatchObject({ parentId: id, owner: 'ann' });
    }
    expect(['child_running', 'completed']).toContain(status);
    const withTask = { taskId: id, taskName: 'use-context', attempt: 1 };
    expect(logger.lines).toContainEqual({
      level: 'warn',
      message: 'look again',
      fields: { ...withTask, error: expect.any(TypeError) },
    });
    expect(logger.lines).toContainEqual({
      level: 'warn',
      message: 'look',
      fields: { ...withTask, error: expect.any(TypeError), call: '[function]' },
    });
  });

  test('keeps the kinds of errors apart, both ways', async () => {
    const { enqueue, endOf, record } = setup();

    const never = await enqueue('never');
    const misuse = await enqueue('misuse-context');
    const refused = await enqueue('no-children');
    const later = await enqueue('not-now');
    const circular = await enqueue('circular');

    expect(await endOf(never)).toMatchObject({ ...failure('never'), attempt: 1 });
    expect(await endOf(misuse)).toMatchObject(failure('its name is a path'));
    expect((await endOf(refused)).report?.children[0]?.data).toEqual({
      name: 'TaskNameUnknownError',
      code: 'TASK_NAME_UNKNOWN',
      problems: 1,
    });
    expect(await endOf(circular)).toMatchObject(failure('its report cannot be stored'));
    await eventually(async () =>
      expect(await record(later)).toMatchObject({ status: 'enqueued', attempt: 0 }),
    );
  });
});
