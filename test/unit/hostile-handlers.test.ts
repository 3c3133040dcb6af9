import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '../../functions/wiring/wiring.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { PermanentTaskError } from '../../shared/task/task-context.ts';
import type { Handle } from '../../shared/task/task-definition.ts';
import { createSyncRunner } from '../../shared/worker/inline-runner.ts';
import { ANN, aDispatcher, greet } from '../support/a-dispatcher.ts';
import { HOSTILE, HOSTILE_ERRORS } from '../support/hostile-values.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockReturnValue();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The logger of a deployment, which formats all fields of a line. */
const logger = createLogger();

async function endOf(run: Handle<never>, maxAttempts = 3) {
  const harness = workerHarness();
  harness.handle('work', run as Handle<never>, { retry: { maxAttempts } });
  const [id = ''] = await harness.enqueue('main', 'work');
  const { worker, ended } = harness.startWorker('worker-1', { logger });
  await vi.advanceTimersByTimeAsync(1000);
  const record = await harness.record(id);
  await drained(worker, ended);
  const letters = harness.brokerOf('main').inner.deadLetters;
  return { record, letters };
}

const throwing = (make: () => unknown) => async (): Promise<never> => {
  throw make();
};

const reasonOf = (report: Report | undefined): string | undefined => report?.children[0]?.message;

describe('a queue worker', () => {
  test.each(Object.entries(HOSTILE_ERRORS))(
    'stores the reason of an error that %s',
    async (_, make) => {
      const { record, letters } = await endOf(throwing(make), 1);

      expect(record).toMatchObject({ status: 'failed', attempt: 1 });
      expect(reasonOf(record.report)).toBe('the reason');
      expect(letters).toMatchObject([{ reason: 'the reason' }]);
    },
  );

  test.each(Object.entries(HOSTILE_ERRORS))(
    'ends a task at once whose permanent error has a cause that %s',
    async (_, make) => {
      const { record } = await endOf(
        throwing(() => new PermanentTaskError('no', { cause: make() })),
      );

      expect(record).toMatchObject({ status: 'failed', attempt: 1 });
      expect(reasonOf(record.report)).toBe('no');
    },
  );

  test.each(Object.entries(HOSTILE))('retries by policy after throwing %s', async (_, make) => {
    const { record } = await endOf(throwing(make));

    expect(['enqueued', 'failed']).toContain(record.status);
    expect(record.report).toMatchObject({ type: 'error', children: [{ type: 'error' }] });
  });

  test.each(Object.entries(HOSTILE))(
    'completes a task that logs and reports progress with %s',
    async (_, make) => {
      const { record } = await endOf(async ({ context }) => {
        for (const level of ['info', 'warn', 'error'] as const) {
          context.logger[level]('x', { error: make() });
          context.logger[level](make() as string, make() as Record<string, unknown>);
        }
        await context.progress(make() as number, make() as string);
        return Report.success('done');
      });

      expect(record).toMatchObject({ status: 'completed', attempt: 1 });
    },
  );

  test('keeps the parts of a combined error', async () => {
    const parts = [new TypeError('first'), new AggregateError([new Error('deep')], 'second'), 3];
    const { record } = await endOf(
      throwing(() => new AggregateError(parts, 'the reason')),
      1,
    );

    expect(record.report?.children).toMatchObject([
      {
        message: 'the reason',
        children: [
          { message: 'first' },
          { message: 'second', children: [{ message: 'deep' }] },
          { message: '3' },
        ],
      },
    ]);
  });

  test.each([
    ['of an unknown type', { type: 'fine', message: 'a', children: [] }, 'the type of a report'],
    ['whose message is a number', { type: 'info', message: 7, children: [] }, 'the message of'],
    ['without children', { type: 'info', message: 'a' }, 'the children of a report'],
    ['that is a text', 'done', 'a report must be an object'],
    [
      'with an invalid child',
      { type: 'info', message: 'a', children: [{ type: 'x' }] },
      'the type of a report',
    ],
  ])('refuses a report %s, and does not run the task again', async (_, report, reason) => {
    const { record } = await endOf(async () => report as never);

    expect(record).toMatchObject({ status: 'failed', attempt: 1 });
    expect(reasonOf(record.report)).toContain(reason);
  });
});

test('a report with a message that is no text is refused when it is made', () => {
  expect(() => Report.info(undefined as never)).toThrow('the message of a report must be a string');
  expect(() => Report.error('a', undefined, ['b' as never])).toThrow('a report must be an object');
});

describe('a sync queue', () => {
  const CONFIG = { queues: [{ name: 'main', weight: 1, broker: { type: 'memory' } }] };

  test.each(Object.entries(HOSTILE))(
    'ends a task that throws %s, which is never left running',
    async (_, make) => {
      const log = new MemoryTaskLog();
      const handler = greet.handledBy(throwing(make));
      const handlers = new Map([['greet', handler]]);
      const runSync = createSyncRunner({ log, handlers, workerId: 'caller', logger });
      const { dispatcher } = aDispatcher({
        config: CONFIG,
        broker: new MemoryBroker(),
        deps: { log, logger, runSync },
      });

      const enqueued = dispatcher.enqueue(ANN);
      await vi.advanceTimersByTimeAsync(3_600_000);
      const { id } = await enqueued;

      expect(await log.getSummary(id)).toMatchObject({ status: 'failed' });
    },
  );
});
