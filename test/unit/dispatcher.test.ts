import { describe, expect, test } from 'vitest';
import {
  BrokerUnavailableError,
  ConfigInvalidError,
  ParametersInvalidError,
  TaskNameUnknownError,
  TaskTooLargeError,
} from '../../shared/errors.ts';
import { MAX_MESSAGE_BYTES } from '../../shared/limits.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { ANN, aDispatcher, BrokenBroker, BrokenLog, PickyBroker } from '../support/a-dispatcher.ts';
import { ManualClock } from '../support/manual-clock.ts';

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
    const { dispatcher, log, waitingIn } = aDispatcher({ config });

    const { id, queue } = await dispatcher.enqueue({ name: 'greet', parameters: { whom } });

    expect(queue).toBe(expected);
    expect(await waitingIn(expected)).toMatchObject([{ id }]);
    expect(await log.getSummary(id)).toMatchObject({ queue: expected });
  });

  test('must be registered, even if it is chosen at run time', async () => {
    const { dispatcher, countRecorded } = aDispatcher();
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
    const { dispatcher, log, waitingIn } = aDispatcher({ deps: { clock } });

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
    const { dispatcher, waitingIn } = aDispatcher();

    await dispatcher.enqueue(ANN);

    const [task] = await waitingIn('main');
    expect(task?.label).toBe('greet');
    expect(task).not.toHaveProperty('owner');
  });

  test('waits for the given delay', async () => {
    const clock = new ManualClock();
    const { dispatcher, waitingIn } = aDispatcher({ broker: new MemoryBroker(clock) });

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
    const { dispatcher, main, countRecorded } = aDispatcher();

    await expect(dispatcher.enqueue(request)).rejects.toBeInstanceOf(expected);

    expect(await main.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
    expect(await countRecorded()).toBe(0);
  });

  test('is checked the same way without being enqueued', () => {
    const { dispatcher } = aDispatcher();

    expect(() => dispatcher.check('nope', {})).toThrow(TaskNameUnknownError);
    expect(() => dispatcher.check('greet', {})).toThrow(ParametersInvalidError);
    expect(dispatcher.check('greet', { whom: 'Ann' })).toBeUndefined();
  });

  test('because the broker is down is not recorded, and the caller gets the error', async () => {
    const { dispatcher, countRecorded } = aDispatcher({ broker: new BrokenBroker() });

    await expect(dispatcher.enqueue(ANN)).rejects.toBeInstanceOf(BrokerUnavailableError);

    expect(await countRecorded()).toBe(0);
  });

  test('because its queue has no broker in this process is not recorded either', async () => {
    const { dispatcher, countRecorded } = aDispatcher({ deps: { brokers: new Map() } });

    await expect(dispatcher.enqueue(ANN)).rejects.toBeInstanceOf(BrokerUnavailableError);

    expect(await countRecorded()).toBe(0);
  });
});

test('a task is accepted although the log is down: its message is sent, the worker will record it', async () => {
  const { dispatcher, logger, waitingIn } = aDispatcher({ deps: { log: new BrokenLog() } });

  const { id } = await dispatcher.enqueue(ANN);

  expect(await waitingIn('main')).toMatchObject([{ id }]);
  expect(logger.lines).toMatchObject([{ level: 'warn', fields: { taskId: id } }]);
});

describe('many tasks at once', () => {
  const whomEach = (...names: unknown[]) =>
    names.map((whom) => ({ name: 'greet', parameters: { whom } }));

  test('are answered for one by one, in the order of the request', async () => {
    const { dispatcher, waitingIn, countRecorded } = aDispatcher();
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
    expect(await aDispatcher().dispatcher.enqueueMany([])).toEqual([]);
  });

  test('of which the broker refuses one are all accepted except that one', async () => {
    const { dispatcher, log } = aDispatcher({ broker: new PickyBroker() });

    const answers = await dispatcher.enqueueMany(whomEach('Ann', 'Ben', 'Cleo'));

    const { tasks } = await log.list({ limit: 10 });
    expect(answers).toEqual([
      { id: tasks[1]?.id, queue: 'main' },
      expect.any(BrokerUnavailableError),
      { id: tasks[0]?.id, queue: 'main' },
    ]);
  });

  test('lose only those whose queue is down', async () => {
    const { dispatcher, countRecorded } = aDispatcher({ broker: new BrokenBroker() });

    const answers = await dispatcher.enqueueMany(whomEach('Ann', 'queue:fast', 'Ben'));

    expect(answers).toMatchObject([
      { code: 'BROKER_UNAVAILABLE' },
      { queue: 'fast' },
      { code: 'BROKER_UNAVAILABLE' },
    ]);
    expect(await countRecorded()).toBe(1);
  });
});
