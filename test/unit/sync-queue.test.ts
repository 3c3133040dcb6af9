import { afterEach, describe, expect, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { enqueueOnce } from '../../shared/dispatcher/enqueue-once.ts';
import { ConfigInvalidError } from '../../shared/errors.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryIdempotencyStore } from '../../shared/memory/stores.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { PermanentTaskError, RetryLaterError } from '../../shared/task/task-context.ts';
import { createSyncRunner } from '../../shared/worker/inline-runner.ts';
import { ANN, aDispatcher, greet } from '../support/a-dispatcher.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { aClaim } from '../support/task-log-harness.ts';

afterEach(() => void vi.useRealTimers());

describe('a sync queue', () => {
  const CONFIG = { queues: [{ name: 'main', weight: 1, broker: { type: 'memory' } }] };

  /** A dispatcher that runs every task in the caller, and how often the task was run. */
  function setupSync(handle: (run: number) => Promise<Report>) {
    const log = new MemoryTaskLog();
    const broker = new MemoryBroker();
    const logger = quietLogger();
    let runs = 0;
    const handler = greet.handledBy(() => {
      runs += 1;
      return handle(runs);
    });
    const runSync = createSyncRunner({
      log,
      handlers: new Map([['greet', handler]]),
      workerId: 'caller',
      logger,
      random: () => 0.99,
    });
    const deps = { log, logger, runSync };
    const { dispatcher } = aDispatcher({ config: CONFIG, broker, deps });
    return { dispatcher, log, logger, broker, countRuns: () => runs };
  }

  test('has run its task when enqueue returns, and the report is there', async () => {
    const { dispatcher, log, broker } = setupSync(async () => Report.success('Hello'));

    const { id, queue } = await dispatcher.enqueue(ANN);

    expect(queue).toBe('main');
    expect(await log.get(id)).toMatchObject({
      status: 'completed',
      attempt: 1,
      report: Report.info(`Running task ${id}`, undefined, [Report.success('Hello')]),
    });
    expect(await broker.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
  });

  test('tries a failing task again at once, until it works', async () => {
    const { dispatcher, log } = setupSync(async (run) => {
      if (run < 3) throw new Error('not yet');
      return Report.success('at last');
    });

    const { id } = await dispatcher.enqueue(ANN);

    expect(await log.get(id)).toMatchObject({ status: 'completed', attempt: 3 });
  });

  test('leaves a task to the process that is running it already', async () => {
    const { dispatcher, log, logger, countRuns } = setupSync(async () => Report.success('Hello'));
    const [prepared] = dispatcher.prepare([ANN]);
    if (!prepared || prepared instanceof Error) throw new Error('it cannot be enqueued');
    await log.claim(prepared.task, { ...aClaim('other'), queue: 'main' });

    await dispatcher.send([prepared]);

    expect(countRuns()).toBe(0);
    expect(logger.lines).toEqual([]);
  });

  test('gives a task up after its last attempt: its record has failed, and the log names it', async () => {
    const { dispatcher, log, logger, countRuns } = setupSync(async () => {
      throw new Error('nobody is home');
    });

    const { id } = await dispatcher.enqueue(ANN);

    expect(countRuns()).toBe(greet.retry.maxAttempts);
    expect(await log.get(id)).toMatchObject({
      status: 'failed',
      attempt: greet.retry.maxAttempts,
      report: Report.error(`Executing task ${id} failed`, undefined, [
        Report.error('nobody is home'),
      ]),
    });
    expect(logger.lines).toContainEqual({
      level: 'warn',
      message: 'sync task failed for good; its queue keeps no dead letter, the record stays',
      fields: expect.objectContaining({ queue: 'main', taskId: id, reason: 'nobody is home' }),
    });
  });

  test('runs a task once that says it will never work', async () => {
    const { dispatcher, log, countRuns } = setupSync(async () => {
      throw new PermanentTaskError('nobody lives here');
    });

    const { id } = await dispatcher.enqueue(ANN);

    expect(countRuns()).toBe(1);
    expect(await log.getSummary(id)).toMatchObject({ status: 'failed', attempt: 1 });
  });

  test('does not block its caller forever with a task that always asks to run later', async () => {
    const { dispatcher, logger, countRuns } = setupSync(async () => {
      throw new RetryLaterError(3600);
    });

    await dispatcher.enqueue(ANN);

    expect(countRuns()).toBeLessThanOrEqual(20);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'sync task did not end' }),
    );
  });

  describe('with an idempotency key', () => {
    const KEY = { owner: 'ann', key: 'order-42' };
    const keys = new MemoryIdempotencyStore();

    test('runs a task once, however often it is asked to', async () => {
      const { dispatcher, log, countRuns } = setupSync(async () => Report.success('Hello'));
      const enqueue = () => enqueueOnce(KEY, [ANN], { dispatcher, log, keys });

      const first = await enqueue();
      const second = await enqueue();

      expect(second).toEqual({ answers: first.answers, isReplay: true });
      expect(countRuns()).toBe(1);
    });

    test('runs a task of several minutes once, although its request is repeated meanwhile', async () => {
      vi.useFakeTimers();
      const { dispatcher, log, countRuns } = setupSync(async () => {
        await pause(300_000);
        return Report.success('Hello');
      });
      const key = { ...KEY, key: 'order-44' };
      const enqueue = () => enqueueOnce(key, [ANN], { dispatcher, log, keys });
      const first = enqueue();
      await vi.advanceTimersByTimeAsync(200_000);

      const second = enqueue();
      await vi.advanceTimersByTimeAsync(400_000);
      const { answers } = await first;

      expect(await second).toMatchObject({ answers });
      expect(countRuns()).toBe(1);
      const { tasks } = await log.list({ limit: 10 });
      expect(tasks).toMatchObject([{ status: 'completed', attempt: 1 }]);
    });

    test('runs a task whose first caller died before it could', async () => {
      const { dispatcher, log, countRuns } = setupSync(async () => Report.success('Hello'));
      const key = { ...KEY, key: 'order-43' };
      const runSync = () => Promise.reject(new Error('dead'));
      const dying = aDispatcher({ config: CONFIG, deps: { log, runSync } }).dispatcher;
      await enqueueOnce(key, [ANN], { dispatcher: dying, log, keys }).catch(() => undefined);

      const second = await enqueueOnce(key, [ANN], { dispatcher, log, keys });

      const { tasks } = await log.list({ limit: 10 });
      expect(second.answers).toEqual([{ id: tasks[0]?.id, queue: 'main' }]);
      expect(tasks).toMatchObject([{ status: 'completed' }]);
      expect(countRuns()).toBe(1);
    });
  });

  test('refuses a task where there is no code to run it', async () => {
    const { dispatcher, countRecorded } = aDispatcher({ config: CONFIG });

    await expect(dispatcher.enqueue(ANN)).rejects.toBeInstanceOf(ConfigInvalidError);

    expect(await countRecorded()).toBe(0);
  });

  test.each([
    ['every queue is sync', ['memory', 'memory'], true],
    ['one queue is not', ['memory', 'sqs'], false],
    ['no queue is', ['sqs', 'sqs'], false],
  ])('the dispatcher is sync when %s: %j → %s', (_case, types, expected) => {
    const queues = types.map((type, index) => ({ name: `q${index}`, weight: 1, broker: { type } }));

    expect(aDispatcher({ config: { queues } }).dispatcher.isSync).toBe(expected);
  });
});
