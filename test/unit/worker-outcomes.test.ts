import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Report } from '../../shared/report/report.ts';
import { PermanentTaskError, RetryLaterError } from '../../shared/task/task-context.ts';
import type { Handle, TaskOptions } from '../../shared/task/task-definition.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

/** Runs one task in a worker for this long, and tells what became of it. */
async function outcomeOf(
  run: Handle<never>,
  options: Partial<TaskOptions<never>> = {},
  ms = 600_000,
) {
  const harness = workerHarness();
  harness.handle('work', run as Handle<never>, options);
  const [id = ''] = await harness.enqueue('main', 'work');
  const { worker, ended } = harness.startWorker();
  await pass(ms);
  const record = await harness.record(id);
  worker.cancel();
  await pass(30_000);
  await ended;
  return { record, harness, depth: await harness.brokerOf('main').depth() };
}

const fails = (message: string) => async (): Promise<void> => {
  throw new Error(message);
};

describe('a task that comes to its end', () => {
  test('has what it returned as its report, below "Running task <id>"', async () => {
    const { record } = await outcomeOf(async () => Report.success('Exported', { rows: 3 }));

    expect(record.status).toBe('completed');
    expect(record.report).toEqual(
      Report.info(`Running task ${record.id}`, undefined, [
        Report.success('Exported', { rows: 3 }),
      ]),
    );
  });

  test('has a report that says so when it returned none', async () => {
    const { record } = await outcomeOf(async () => undefined);

    expect(record.status).toBe('completed');
    expect(record.report?.children).toEqual([Report.info('The task returned no report.')]);
  });

  test('has failed when there is an error anywhere in its report, and is not tried again', async () => {
    const nested = Report.success('Imported', undefined, [
      Report.info('rows', undefined, [Report.error('row 7 is broken')]),
    ]);

    const { record, harness } = await outcomeOf(async () => nested);

    expect(record.status).toBe('failed');
    expect(harness.started).toHaveLength(1);
  });

  test('keeps a report too large to store whole in a shortened form', async () => {
    const { record } = await outcomeOf(async () => Report.success('Done', 'x'.repeat(1_000_000)));

    expect(record.status).toBe('completed');
    expect(JSON.stringify(record.report).length).toBeLessThan(400_000);
  });
});

describe('a report that cannot be stored', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;

  test.each([
    ['a circle', circular],
    ['a BigInt', 1n],
  ])('with %s in it fails the task, which is not run again', async (_case, data) => {
    const { record, harness } = await outcomeOf(async () => Report.success('Done', data as never));

    expect(harness.started).toHaveLength(1);
    expect(record.status).toBe('failed');
    expect(record.report?.children[0]?.message).toContain('its report cannot be stored');
  });

  test('of a shape that is no report fails the task, which is not run again', async () => {
    const { record, harness } = await outcomeOf(async () => 'just text' as never);

    expect(harness.started).toHaveLength(1);
    expect(record.status).toBe('failed');
  });

  test('too large keeps its own message and what fits', async () => {
    const rows = Array.from({ length: 9000 }, (_, row) => Report.warning(`row ${row} `.repeat(5)));

    const { record } = await outcomeOf(async () => Report.success('Imported', undefined, rows));

    const [kept] = record.report?.children ?? [];
    expect(kept?.message).toBe('Imported');
    expect(kept?.children.length).toBeGreaterThan(1000);
  });
});

describe('a task that throws', () => {
  test('is tried again until it works', async () => {
    let runs = 0;
    const { record, depth } = await outcomeOf(async () => {
      runs += 1;
      if (runs < 3) throw new Error('not yet');
    });

    expect(record).toMatchObject({ status: 'completed', attempt: 3 });
    expect(depth).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
  });

  test('has failed after its last attempt, with the reason, and is among the dead letters', async () => {
    const { record, harness, depth } = await outcomeOf(fails('no such delivery'), {
      retry: { maxAttempts: 3 },
    });

    expect(harness.started).toHaveLength(3);
    expect(record).toMatchObject({ status: 'failed', attempt: 3 });
    expect(record.report).toEqual(
      Report.error(`Executing task ${record.id} failed`, undefined, [
        Report.error('no such delivery'),
      ]),
    );
    expect(harness.brokerOf('main').inner.deadLetters).toMatchObject([
      { reason: 'no such delivery' },
    ]);
    expect(depth).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
  });

  test('shows the reason of its latest attempt while it waits for the next', async () => {
    const { record } = await outcomeOf(fails('not yet'), { retry: { baseSeconds: 900 } }, 100);

    expect(record).toMatchObject({ status: 'enqueued', attempt: 1 });
    expect(record.report?.children).toEqual([Report.error('not yet')]);
  });

  test('waits longer after each attempt, at random below a doubling limit', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
    const { harness } = await outcomeOf(fails('no'), {
      retry: { maxAttempts: 5, baseSeconds: 2, maxSeconds: 10 },
    });

    const times = harness.started.map(({ at }) => at);
    const waits = times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / 1000));
    expect(waits).toEqual([2, 4, 8, 10]);
  });

  test('a PermanentTaskError ends it at once, without a dead letter', async () => {
    const { record, harness } = await outcomeOf(async () => {
      throw new PermanentTaskError('the delivery was deleted');
    });

    expect(harness.started).toHaveLength(1);
    expect(record.status).toBe('failed');
    expect(harness.brokerOf('main').inner.deadLetters).toEqual([]);
  });

  test('a RetryLaterError requeues it with its delay, without using an attempt', async () => {
    let runs = 0;
    const { record, harness } = await outcomeOf(
      async () => {
        runs += 1;
        if (runs <= 10) throw new RetryLaterError(20);
      },
      { retry: { maxAttempts: 2 } },
    );

    expect(harness.started).toHaveLength(11);
    expect(record).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('something that is no Error is reported too', async () => {
    const { record } = await outcomeOf((): Promise<void> => Promise.reject('just text'), {
      retry: { maxAttempts: 1 },
    });

    expect(record.report?.children).toEqual([Report.error('just text')]);
  });
});

describe('a task that takes too long', () => {
  test('sees its signal abort, and the attempt counts as failed', async () => {
    const { record } = await outcomeOf(
      ({ context }) =>
        new Promise<never>((_resolve, reject) => {
          context.signal.addEventListener('abort', () => reject(context.signal.reason));
        }),
      { timeoutSeconds: 10, retry: { maxAttempts: 1 } },
    );

    expect(record.status).toBe('failed');
    expect(record.report?.children).toEqual([Report.error('the attempt took longer than 10 s')]);
  });

  test('loses its slot even if it ignores the signal, and the log says so', async () => {
    const { record, harness } = await outcomeOf(() => new Promise<never>(() => undefined), {
      timeoutSeconds: 10,
      retry: { maxAttempts: 1 },
    });

    expect(record.status).toBe('failed');
    expect(harness.logger.lines).toContainEqual({
      level: 'warn',
      message: 'handler ignores its signal; its slot is freed while it may still run',
      fields: expect.objectContaining({ taskId: record.id }),
    });
  });
});

test('a running task knows its id, label, owner and attempt, and shows its progress', async () => {
  const harness = workerHarness();
  let seen: unknown;
  harness.handle('work', async ({ context }) => {
    const { taskId, label, owner, attempt } = context;
    seen = { taskId, label, owner, attempt };
    context.logger.info('half way');
    await context.progress(50, 'rows read');
    await context.progress(51, 'within the same second');
    await context.progress(52, 'the latest of this second');
    await new Promise((resolve) => setTimeout(resolve, 5000));
  });
  const [id = ''] = await harness.enqueue('main', 'work');
  const { worker, ended } = harness.startWorker();

  await pass(1000);
  const during = await harness.record(id);
  await pass(100);
  const afterASecond = await harness.record(id);
  await drained(worker, ended);

  expect(seen).toEqual({ taskId: id, label: 'Export of delivery 1', owner: undefined, attempt: 1 });
  expect(during.progress).toEqual({ percent: 50, message: 'rows read' });
  expect(afterASecond.progress).toEqual({ percent: 52, message: 'the latest of this second' });
  expect(harness.logger.lines).toContainEqual({
    level: 'info',
    message: 'half way',
    fields: { taskId: id, taskName: 'work', attempt: 1 },
  });
});
