import { describe, expect, test } from 'vitest';
import { systemClock } from '../../shared/clock.ts';
import { FilesUnavailableError, TaskTooLargeError } from '../../shared/errors.ts';
import { MAX_MESSAGE_BYTES, MAX_PARAMETERS_BYTES } from '../../shared/limits.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { decodeTask, encodeTask } from '../../shared/task/message.ts';
import { createSyncRunner } from '../../shared/worker/inline-runner.ts';
import { ANN, aDispatcher, BrokenBroker, greet } from '../support/a-dispatcher.ts';
import { aTask } from '../support/a-task.ts';
import { quietLogger } from '../support/quiet-logger.ts';

class BrokenFiles extends MemoryFileStore {
  override put(): Promise<never> {
    return Promise.reject(new FilesUnavailableError('put', new Error('SlowDown')));
  }
}

function setup({ files = new MemoryFileStore(), broker = {} } = {}) {
  const log = new MemoryTaskLog(systemClock, files);
  const { dispatcher, main, waitingIn } = aDispatcher({
    ...broker,
    deps: { log, payloads: files },
  });
  return { dispatcher, main, waitingIn, log, files };
}

const greeting = (bytes: number) => ({ ...ANN, parameters: { whom: 'x'.repeat(bytes) } });
const LARGE = greeting(MAX_MESSAGE_BYTES);

describe('parameters too large for a message', () => {
  test('wait in the file store, and the message says where', async () => {
    const { dispatcher, waitingIn, log, files } = setup();

    const { id } = await dispatcher.enqueue(LARGE);

    expect(await waitingIn('main')).toMatchObject([
      { id, parameters: null, parametersAt: `payloads/${id}` },
    ]);
    expect(JSON.parse(String(await files.get(`payloads/${id}`)))).toEqual(LARGE.parameters);
    expect(await log.get(id)).toMatchObject({ id, parameters: LARGE.parameters });
  });

  test('stay in the message as long as they fit', async () => {
    const { dispatcher, waitingIn, files } = setup();
    const rest = Buffer.byteLength(encodeTask(aTask(greeting(0))));
    const label = aTask().label;

    await dispatcher.enqueue({ ...greeting(MAX_MESSAGE_BYTES - rest), label });

    const [task] = await waitingIn('main');
    expect(Buffer.byteLength(encodeTask(task ?? aTask()))).toBe(MAX_MESSAGE_BYTES);
    expect(files.keys).toEqual([]);
  });

  test('are refused beyond what one request can carry, and nothing is stored', async () => {
    const { dispatcher, main, files } = setup();

    const enqueueing = dispatcher.enqueue(greeting(MAX_PARAMETERS_BYTES));

    await expect(enqueueing).rejects.toBeInstanceOf(TaskTooLargeError);
    expect(files.keys).toEqual([]);
    expect(await main.depth()).toMatchObject({ waiting: 0 });
  });

  test('are checked before they are stored', async () => {
    const { dispatcher, files } = setup();
    const unknownQueue = { ...ANN, parameters: { whom: `queue:${'x'.repeat(MAX_MESSAGE_BYTES)}` } };

    await expect(dispatcher.enqueue(unknownQueue)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });

    expect(files.keys).toEqual([]);
  });

  test('are neither sent nor recorded when the file store is down, and the caller gets the error', async () => {
    const { dispatcher, main, log } = setup({ files: new BrokenFiles() });

    await expect(dispatcher.enqueue(LARGE)).rejects.toBeInstanceOf(FilesUnavailableError);

    expect(await main.depth()).toMatchObject({ waiting: 0 });
    expect(await log.list({ limit: 1 })).toMatchObject({ tasks: [] });
  });

  test('leave only an object that expires when their task cannot be sent', async () => {
    const { dispatcher, log, files } = setup({ broker: { broker: new BrokenBroker() } });

    await expect(dispatcher.enqueue(LARGE)).rejects.toMatchObject({ code: 'BROKER_UNAVAILABLE' });

    expect(files.keys).toHaveLength(1);
    expect(await log.list({ limit: 1 })).toMatchObject({ tasks: [] });
  });

  test('of one task in a batch do not hold up the others', async () => {
    const { dispatcher, waitingIn } = setup({ files: new BrokenFiles() });

    const answers = await dispatcher.enqueueMany([ANN, LARGE, ANN]);

    expect(answers).toMatchObject([{ queue: 'main' }, { code: 'FILES_UNAVAILABLE' }, {}]);
    expect(await waitingIn('main')).toHaveLength(2);
  });
});

test('a task of a sync queue gets its large parameters too', async () => {
  const files = new MemoryFileStore();
  const log = new MemoryTaskLog(systemClock, files);
  const logger = quietLogger();
  const got: unknown[] = [];
  const handler = greet.handledBy(async ({ parameters }) => void got.push(parameters));
  const handlers = new Map([['greet', handler]]);
  const runSync = createSyncRunner({ workerId: 'caller', log, fileStore: files, handlers, logger });
  const { dispatcher } = aDispatcher({
    config: { queues: [{ name: 'main', weight: 1, broker: { type: 'memory' } }] },
    deps: { log, payloads: files, runSync },
  });

  const { id } = await dispatcher.enqueue(LARGE);

  expect(got).toEqual([LARGE.parameters]);
  expect(await log.getSummary(id)).toMatchObject({ status: 'completed' });
});

test('a pointer travels in a message as it is', () => {
  const task = aTask({ parameters: null, parametersAt: 'payloads/1' });

  expect(decodeTask(encodeTask(task))).toEqual(task);
});
