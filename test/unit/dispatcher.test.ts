import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { MemoryBroker } from '../../shared/broker/memory-broker.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { Dispatcher, type DispatcherDeps } from '../../shared/dispatcher/dispatcher.ts';
import { createSyncRunner } from '../../shared/dispatcher/sync-runner.ts';
import {
  BrokerUnavailableError,
  ConfigInvalidError,
  LogUnavailableError,
  ParametersInvalidError,
  TaskNameUnknownError,
  TaskTooLargeError,
} from '../../shared/errors.ts';
import { Report } from '../../shared/report/report.ts';
import { PermanentTaskError, RetryLaterError } from '../../shared/task/handler-errors.ts';
import { decodeTask, MAX_MESSAGE_BYTES } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { defineTask, taskCatalogue } from '../../shared/task/task-definition.ts';
import { MemoryTaskLog } from '../../shared/task-log/memory-task-log.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const greet = defineTask({
  name: 'greet',
  parameters: z.strictObject({ whom: z.string() }),
  queue: ({ whom }) => (whom.startsWith('queue:') ? whom.slice('queue:'.length) : undefined),
});
const ANN = { name: 'greet', parameters: { whom: 'Ann' } };

class BrokenBroker extends MemoryBroker {
  override publish(): Promise<never> {
    return Promise.reject(new BrokerUnavailableError('main', new Error('ECONNREFUSED')));
  }
}

/** Refuses every message that mentions Ben. */
class PickyBroker extends MemoryBroker {
  override async publish(messages: readonly { readonly body: string }[]): Promise<never[]> {
    const isRefused = ({ body }: { readonly body: string }): boolean => body.includes('Ben');
    await super.publish(messages.filter((message) => !isRefused(message)));
    const refusal = new BrokerUnavailableError('main', 'throttled');
    return messages.map((message) => (isRefused(message) ? refusal : undefined)) as never[];
  }
}

class BrokenLog extends MemoryTaskLog {
  override recordEnqueued(): Promise<never> {
    return Promise.reject(new LogUnavailableError('recordEnqueued', new Error('throttled')));
  }
}

type SetupOptions = {
  readonly config?: Record<string, unknown>;
  readonly broker?: MemoryBroker;
  readonly deps?: Partial<DispatcherDeps>;
};

/** A dispatcher of queues `main` and `fast`, whose tasks wait until somebody takes them. */
function setup({ config: changes = {}, broker, deps = {} }: SetupOptions = {}) {
  const queues = ['main', 'fast'].map((name) => ({ name, weight: 1, broker: { type: 'sqs' } }));
  const config = parseConfig({ queues, ...changes }, 'of a test');
  const main = broker ?? new MemoryBroker();
  const brokers = new Map([
    ['main', main],
    ['fast', new MemoryBroker()],
  ]);
  const log = new MemoryTaskLog();
  const logger = quietLogger();
  const catalogue = taskCatalogue([greet]);
  const dispatcher = new Dispatcher({ config, catalogue, brokers, log, logger, ...deps });

  /** The tasks that wait in a queue. */
  const waitingIn = async (queue: string): Promise<Task[]> => {
    const options = { max: 10, waitSeconds: 0, leaseSeconds: 30 };
    const deliveries = (await brokers.get(queue)?.receive(options)) ?? [];
    return deliveries.map(({ body }) => decodeTask(body));
  };
  const countRecorded = async (): Promise<number> => (await log.list({ limit: 100 })).tasks.length;

  return { dispatcher, main, log, logger, waitingIn, countRecorded };
}

describe('the queue of a task', () => {
  test.each([
    [
      'is what its definition chooses from the parameters, before anything else',
      'queue:fast',
      { taskQueues: { greet: 'main' }, defaultQueue: 'main' },
      'fast',
    ],
    [
      'is the one it is associated with, if its definition leaves that open',
      'Ann',
      { taskQueues: { greet: 'fast' }, defaultQueue: 'main' },
      'fast',
    ],
    [
      'is the default queue, if it is associated with none',
      'Ann',
      { defaultQueue: 'fast' },
      'fast',
    ],
    ['is the first queue, if there is no default', 'Ann', {}, 'main'],
    ['is its own, not that of another task', 'Ann', { taskQueues: { part: 'fast' } }, 'main'],
  ])('%s', async (_promise, whom, config, expected) => {
    const { dispatcher, log, waitingIn } = setup({ config });

    const { id, queue } = await dispatcher.enqueue({ name: 'greet', parameters: { whom } });

    expect(queue).toBe(expected);
    expect(await waitingIn(expected)).toMatchObject([{ id }]);
    expect(await log.getSummary(id)).toMatchObject({ queue: expected });
  });

  test('must be registered, even if it is chosen at run time', async () => {
    const { dispatcher, countRecorded } = setup();
    const request = { name: 'greet', parameters: { whom: 'queue:slow' } };

    const error = await dispatcher.enqueue(request).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ConfigInvalidError);
    expect(error).toMatchObject({
      message: expect.stringContaining('"slow" is not registered; registered: main, fast'),
    });
    expect(await countRecorded()).toBe(0);
  });
});

describe('an enqueued task', () => {
  test('carries its owner, its label and its time, and is recorded as it was sent', async () => {
    const clock = new ManualClock();
    const { dispatcher, log, waitingIn } = setup({ deps: { clock } });

    const { id } = await dispatcher.enqueue({ ...ANN, owner: 'ben', label: 'Good morning' });

    const task = {
      id,
      ...ANN,
      owner: 'ben',
      label: 'Good morning',
      masterStatus: false,
      createdAt: new Date(clock.now()).toISOString(),
    };
    expect(await waitingIn('main')).toEqual([task]);
    expect(await log.get(id)).toMatchObject({ ...task, status: 'enqueued', attempt: 0 });
  });

  test('without label and owner is called by its name and belongs to nobody', async () => {
    const { dispatcher, waitingIn } = setup();

    await dispatcher.enqueue(ANN);

    const [task] = await waitingIn('main');
    expect(task?.label).toBe('greet');
    expect(task).not.toHaveProperty('owner');
  });

  test('waits as long as it is told to', async () => {
    const clock = new ManualClock();
    const { dispatcher, waitingIn } = setup({ broker: new MemoryBroker(clock) });

    const { id } = await dispatcher.enqueue({ ...ANN, delaySeconds: 900 });
    clock.advance(899);
    const early = await waitingIn('main');
    clock.advance(1);

    expect(early).toEqual([]);
    expect(await waitingIn('main')).toMatchObject([{ id }]);
  });
});

describe('a task that cannot be enqueued', () => {
  const tooLong = { whom: 'x'.repeat(MAX_MESSAGE_BYTES) };

  test.each([
    ['an unknown name', { name: 'nope', parameters: {} }, TaskNameUnknownError],
    [
      'parameters that do not fit',
      { name: 'greet', parameters: { whom: 7 } },
      ParametersInvalidError,
    ],
    ['no parameters', { name: 'greet', parameters: undefined }, ParametersInvalidError],
    ['too much for one message', { name: 'greet', parameters: tooLong }, TaskTooLargeError],
  ])('with %s is refused, neither sent nor recorded', async (_case, request, expected) => {
    const { dispatcher, main, countRecorded } = setup();

    await expect(dispatcher.enqueue(request)).rejects.toBeInstanceOf(expected);

    expect(await main.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
    expect(await countRecorded()).toBe(0);
  });

  test('is checked the same way without being enqueued', () => {
    const { dispatcher } = setup();

    expect(() => dispatcher.check('nope', {})).toThrow(TaskNameUnknownError);
    expect(() => dispatcher.check('greet', {})).toThrow(ParametersInvalidError);
    expect(dispatcher.check('greet', { whom: 'Ann' })).toBeUndefined();
  });

  test('because the broker is down is not recorded, and the caller is told', async () => {
    const { dispatcher, countRecorded } = setup({ broker: new BrokenBroker() });

    await expect(dispatcher.enqueue(ANN)).rejects.toBeInstanceOf(BrokerUnavailableError);

    expect(await countRecorded()).toBe(0);
  });

  test('because its queue has no broker in this process is not recorded either', async () => {
    const { dispatcher, countRecorded } = setup({ deps: { brokers: new Map() } });

    await expect(dispatcher.enqueue(ANN)).rejects.toBeInstanceOf(BrokerUnavailableError);

    expect(await countRecorded()).toBe(0);
  });
});

test('a task is accepted although the log is down: its message is sent, the worker will record it', async () => {
  const { dispatcher, logger, waitingIn } = setup({ deps: { log: new BrokenLog() } });

  const { id } = await dispatcher.enqueue(ANN);

  expect(await waitingIn('main')).toMatchObject([{ id }]);
  expect(logger.lines).toMatchObject([{ level: 'warn', fields: { taskId: id } }]);
});

describe('many tasks at once', () => {
  const whomEach = (...names: unknown[]) =>
    names.map((whom) => ({ name: 'greet', parameters: { whom } }));

  test('are answered for one by one, in the order of the request', async () => {
    const { dispatcher, waitingIn, countRecorded } = setup();
    const requests = [
      ...whomEach('Ann', 7, 'queue:fast', 'queue:slow'),
      { name: 'nope', parameters: {} },
      ...whomEach('Ben', 'queue:fast'),
    ];

    const answers = await dispatcher.enqueueMany(requests);

    const inMain = await waitingIn('main');
    const inFast = await waitingIn('fast');
    expect(answers).toEqual([
      { id: inMain[0]?.id, queue: 'main' },
      expect.any(ParametersInvalidError),
      { id: inFast[0]?.id, queue: 'fast' },
      expect.any(ConfigInvalidError),
      expect.any(TaskNameUnknownError),
      { id: inMain[1]?.id, queue: 'main' },
      { id: inFast[1]?.id, queue: 'fast' },
    ]);
    expect(inMain.map(({ parameters }) => parameters)).toEqual([{ whom: 'Ann' }, { whom: 'Ben' }]);
    expect(await countRecorded()).toBe(4);
  });

  test('may be none', async () => {
    expect(await setup().dispatcher.enqueueMany([])).toEqual([]);
  });

  test('of which the broker refuses one are accepted but for that one', async () => {
    const { dispatcher, log } = setup({ broker: new PickyBroker() });

    const answers = await dispatcher.enqueueMany(whomEach('Ann', 'Ben', 'Cleo'));

    const { tasks } = await log.list({ limit: 10 });
    expect(answers).toEqual([
      { id: tasks[1]?.id, queue: 'main' },
      expect.any(BrokerUnavailableError),
      { id: tasks[0]?.id, queue: 'main' },
    ]);
  });

  test('lose only those whose queue is down', async () => {
    const { dispatcher, countRecorded } = setup({ broker: new BrokenBroker() });

    const answers = await dispatcher.enqueueMany(whomEach('Ann', 'queue:fast', 'Ben'));

    expect(answers).toMatchObject([
      { code: 'BROKER_UNAVAILABLE' },
      { queue: 'fast' },
      { code: 'BROKER_UNAVAILABLE' },
    ]);
    expect(await countRecorded()).toBe(1);
  });
});

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
      brokers: new Map([['main', broker]]),
      handlers: new Map([['greet', handler]]),
      workerId: 'caller',
      leaseSeconds: 60,
      logger,
      random: () => 0.99,
    });
    const deps = { log, logger, runSync };
    const { dispatcher } = setup({ config: CONFIG, broker, deps });
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

  test('gives a task up after its last attempt: failed, and among the dead letters', async () => {
    const { dispatcher, log, broker, countRuns } = setupSync(async () => {
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
    expect(broker.deadLetters).toMatchObject([{ reason: 'nobody is home' }]);
    expect(broker.deadLetters.map(({ body }) => decodeTask(body).id)).toEqual([id]);
  });

  test('runs a task once that says it will never work', async () => {
    const { dispatcher, log, countRuns } = setupSync(async () => {
      throw new PermanentTaskError('nobody lives here');
    });

    const { id } = await dispatcher.enqueue(ANN);

    expect(countRuns()).toBe(1);
    expect(await log.getSummary(id)).toMatchObject({ status: 'failed', attempt: 1 });
  });

  test('does not keep its caller for ever with a task that always wants to run later', async () => {
    const { dispatcher, logger, countRuns } = setupSync(async () => {
      throw new RetryLaterError(3600);
    });

    await dispatcher.enqueue(ANN);

    expect(countRuns()).toBeLessThanOrEqual(20);
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'sync task did not end' }),
    );
  });

  test('refuses a task where there is no code to run it', async () => {
    const { dispatcher, countRecorded } = setup({ config: CONFIG });

    await expect(dispatcher.enqueue(ANN)).rejects.toBeInstanceOf(ConfigInvalidError);

    expect(await countRecorded()).toBe(0);
  });

  test.each([
    ['every queue is sync', ['memory', 'memory'], true],
    ['one queue is not', ['memory', 'sqs'], false],
    ['no queue is', ['sqs', 'sqs'], false],
  ])('the dispatcher is sync when %s: %j → %s', (_case, types, expected) => {
    const queues = types.map((type, index) => ({ name: `q${index}`, weight: 1, broker: { type } }));

    expect(setup({ config: { queues } }).dispatcher.isSync).toBe(expected);
  });
});

describe('a task that could not travel is refused before it is sent', () => {
  const nestedTo = (levels: number): unknown =>
    Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 'core');

  test.each([
    ['an empty label', { label: '' }, 'label'],
    ['a label of 256 characters', { label: 'x'.repeat(256) }, 'label'],
    ['an owner of 1,025 characters', { owner: 'x'.repeat(1025) }, 'owner'],
    ['parameters nested 101 levels deep', { parameters: nestedTo(101) }, 'parameters'],
    ['parameters nested 10,000 levels deep', { parameters: nestedTo(10_000) }, 'parameters'],
  ])('%s', async (_case, changes, path) => {
    const broker = new MemoryBroker();
    const anything = defineTask({ name: 'anything', parameters: z.unknown() });
    const dispatcher = new Dispatcher({
      config: parseConfig(
        { queues: [{ name: 'main', weight: 1, broker: { type: 'sqs' } }] },
        'of a test',
      ),
      catalogue: taskCatalogue([anything]),
      brokers: new Map([['main', broker]]),
      log: new MemoryTaskLog(),
      logger: quietLogger(),
    });

    const enqueueing = dispatcher.enqueue({ name: 'anything', parameters: {}, ...changes });

    await expect(enqueueing).rejects.toMatchObject({
      code: 'PARAMETERS_INVALID',
      problems: [{ path }],
    });
    expect(await broker.depth()).toMatchObject({ waiting: 0 });
  });
});
