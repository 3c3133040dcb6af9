import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { systemClock } from '../../shared/clock.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { PermanentTaskError, RetryLaterError } from '../../shared/task/task-context.ts';
import { defineTask, type Handle, type TaskOptions } from '../../shared/task/task-definition.ts';
import type { RunDeps } from '../../shared/worker/run.ts';
import { runTask } from '../../shared/worker/run-task.ts';
import type { RunOutcome, WorkerObserver } from '../../shared/worker/worker-observer.ts';
import { aTask } from '../support/a-task.ts';
import { quietLogger } from '../support/quiet-logger.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const PARAMETERS = z.looseObject({});
type Work = Handle<typeof PARAMETERS>;
type Options = Partial<TaskOptions<typeof PARAMETERS>>;

/** One task in its queue, and an observer that writes down its calls. */
async function setup(work: Work = async () => {}, options: Options = {}) {
  const picked: (number | undefined)[] = [];
  const ended: [outcome: RunOutcome, runSeconds: number][] = [];
  const observer: WorkerObserver = {
    polled: () => {},
    picked: (_queue, waitedSeconds) => void picked.push(waitedSeconds),
    ended: (_queue, outcome, runSeconds) => void ended.push([outcome, runSeconds]),
  };
  const broker = new MemoryBroker();
  const log = new MemoryTaskLog();
  const definition = defineTask({ parameters: PARAMETERS, ...options, name: 'work' });
  const deps: RunDeps = {
    log,
    brokers: new Map([['main', broker]]),
    handlers: new Map([['work', definition.handledBy(work)]]),
    workerId: 'worker-1',
    leaseSeconds: 60,
    logger: quietLogger(),
    random: () => 0,
    clock: systemClock,
    observer,
  };
  const stop = new AbortController();

  const send = async (body: string, delaySeconds = 0): Promise<void> => {
    await broker.publish([{ body, delaySeconds }]);
  };
  /** Takes the next message and does with it what a worker would. */
  const deliver = async (): Promise<void> => {
    const [delivery] = await broker.receive({ max: 1, waitSeconds: 0, leaseSeconds: 60 });
    if (!delivery) throw new Error('the queue is empty');
    const now = Date.now();
    const message = { queue: 'main', delivery, receivedAt: now, leasedAt: now };
    const running = runTask(message, deps, stop.signal);
    await vi.advanceTimersByTimeAsync(10_000);
    const { action } = await running;
    if (action === 'ack') await broker.ack([delivery]);
    if (action === 'requeue') await broker.changeLease([delivery], 0);
  };
  return { log, stop, send, deliver, picked, ended };
}

const task = aTask({ name: 'work', parameters: {} });
const outcomes = (ended: readonly [RunOutcome, number][]): RunOutcome[] =>
  ended.map(([outcome]) => outcome);

test.each<[string, RunOutcome, Work, Options]>([
  ['that returned', 'completed', async () => {}, {}],
  ['with an error in its report', 'failed', async () => Report.error('row 7 is broken'), {}],
  ['that must not be tried again', 'failed', rejecting(new PermanentTaskError('gone')), {}],
  ['out of attempts', 'failed', rejecting(new Error('no')), { retry: { maxAttempts: 1 } }],
  ['to be tried again', 'retried', rejecting(new Error('not yet')), {}],
  ['that asked for later', 'later', rejecting(new RetryLaterError(5)), {}],
])('a task %s is counted as %s', async (_case, outcome, work, options) => {
  const { send, deliver, ended } = await setup(work, options);
  await send(encodeTask(task));

  await deliver();

  expect(outcomes(ended)).toEqual([outcome]);
});

function rejecting(error: Error): Work {
  return (): Promise<void> => Promise.reject(error);
}

test('a task whose name is unknown here is counted as later: no attempt is used', async () => {
  const { send, deliver, ended } = await setup();
  await send(encodeTask(aTask({ name: 'from a newer version' })));

  await deliver();

  expect(outcomes(ended)).toEqual(['later']);
});

test('a task that the worker had to stop for its shutdown is counted as later', async () => {
  const { send, deliver, ended, stop } = await setup(() => new Promise<void>(() => undefined));
  await send(encodeTask(task));
  stop.abort();

  await deliver();

  expect(outcomes(ended)).toEqual(['later']);
});

test('a task that was cancelled while it ran is counted as cancelled', async () => {
  const harness = await setup(async ({ context }) => {
    await harness.log.cancel(task.id, { force: true });
    await context.progress(1);
    context.signal.throwIfAborted();
  });
  await harness.send(encodeTask(task));

  await harness.deliver();

  expect(outcomes(harness.ended)).toEqual(['cancelled']);
});

test('a task that another worker took over is counted as lost', async () => {
  const harness = await setup(async () => {
    await vi.advanceTimersByTimeAsync(61_000);
    await harness.log.claim(task, { ...claimRequest, claimId: 'of another worker' });
  });
  await harness.send(encodeTask(task));

  await harness.deliver();

  expect(outcomes(harness.ended)).toEqual(['lost']);
});

const claimRequest = { queue: 'main', workerId: 'worker-2', leaseSeconds: 60 };

test('a second message of a task is reported by its reason: it runs elsewhere, or has ended', async () => {
  const { log, send, deliver, picked, ended } = await setup();
  const running = aTask({ name: 'work' });
  await log.claim(running, { ...claimRequest, claimId: 'of another worker' });
  await send(encodeTask(task));
  await deliver();
  await send(encodeTask(task));
  await deliver();
  await send(encodeTask(running));
  await deliver();

  expect(outcomes(ended)).toEqual(['completed', 'duplicate', 'busy']);
  expect(picked).toHaveLength(1);
});

test('a message that is no task is counted as set-aside', async () => {
  const { send, deliver, picked, ended } = await setup();
  await send('hello');

  await deliver();

  expect(outcomes(ended)).toEqual(['set-aside']);
  expect(picked).toEqual([]);
});

test('an unexpected error is counted as unsettled', async () => {
  const { log, send, deliver, ended } = await setup();
  vi.spyOn(log, 'finish').mockRejectedValue(new TypeError('a bug'));
  await send(encodeTask(task));

  await deliver();

  expect(outcomes(ended)).toEqual(['unsettled']);
});

test('the wait from sending to pickup is reported with the first claim only, its delay included', async () => {
  const { send, deliver, picked } = await setup(rejecting(new Error('not yet')));
  await send(encodeTask(task), 30);
  await vi.advanceTimersByTimeAsync(42_000);

  await deliver();
  await deliver();

  expect(picked).toEqual([42, undefined]);
});

test('run time is how long a slot was used', async () => {
  const { send, deliver, ended } = await setup(
    () => new Promise<void>((resolve) => setTimeout(resolve, 2500)),
  );
  await send(encodeTask(task));

  await deliver();

  expect(ended).toEqual([['completed', 2.5]]);
});
