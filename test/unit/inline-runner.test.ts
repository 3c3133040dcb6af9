import { expect, test } from 'vitest';
import * as z from 'zod';
import type { pause } from '../../shared/clock.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { Report } from '../../shared/report/report.ts';
import { RetryLaterError, type TaskContext } from '../../shared/task/task-context.ts';
import { defineTask, taskCatalogue } from '../../shared/task/task-definition.ts';
import { type RunInlineDeps, runInline } from '../../shared/worker/inline-runner.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const work = defineTask({ name: 'work', parameters: z.looseObject({}) });

function setup(
  handle: (context: TaskContext, parameters: object) => Promise<Report>,
  changes: Partial<RunInlineDeps> = {},
) {
  const log = new MemoryTaskLog();
  const interrupt = new AbortController();
  const handler = work.handledBy(({ context, parameters }) => handle(context, parameters));
  const deps: RunInlineDeps = {
    config: parseConfig(
      { queues: [{ name: 'main', weight: 1, broker: { type: 'sqs' } }] },
      'of a test',
    ),
    catalogue: taskCatalogue([work]),
    handlers: new Map([['work', handler]]),
    log,
    logger: quietLogger(),
    workerId: 'here',
    leaseSeconds: 60,
    ...changes,
  };
  const run = (parameters: object = {}) =>
    runInline({ name: 'work', parameters }, deps, interrupt.signal);
  return { run, log, interrupt };
}

/** Resolves when the signal aborts. */
const aborted = ({ signal }: TaskContext): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });

test('a task that is run inline has a record like one that a worker ran', async () => {
  const { run, log } = setup(async () => Report.success('done'));

  const { id, queue } = await run({ a: 1 });

  expect(queue).toBe('main');
  const record = await log.get(id);
  expect(record).toMatchObject({ status: 'completed', attempt: 1, parameters: { a: 1 } });
  expect(record?.report?.children).toMatchObject([{ message: 'done' }]);
});

test('an interrupted task sees its signal abort, and ends as cancelled', async () => {
  const { run, log, interrupt } = setup(async (context) => {
    interrupt.abort();
    await aborted(context);
    throw new Error('aborted');
  });

  const { id } = await run();

  expect(await log.getSummary(id)).toMatchObject({ status: 'cancelled' });
});

test('an interrupted task that finishes anyway has completed', async () => {
  const { run, log, interrupt } = setup(async () => {
    interrupt.abort();
    return Report.success('done');
  });

  const { id } = await run();

  expect(await log.getSummary(id)).toMatchObject({ status: 'completed' });
});

test('a task that waits to go on later is cancelled when it is interrupted', async () => {
  const wait: typeof pause = async () => interrupt.abort();
  const { run, log, interrupt } = setup(
    async () => {
      throw new RetryLaterError(600);
    },
    { pause: wait },
  );

  const { id } = await run();

  expect(await log.getSummary(id)).toMatchObject({ status: 'cancelled' });
});

test('somebody else may cancel it while it runs: the renewal of its claim tells', async () => {
  const { run, log } = setup(
    async (context) => {
      await log.cancel(context.taskId, { force: true });
      await aborted(context);
      throw new Error('aborted');
    },
    { leaseSeconds: 0.1 },
  );

  const { id } = await run();

  expect(await log.getSummary(id)).toMatchObject({ status: 'cancelled' });
});

test('parameters that are too large for a message are in the file store', async () => {
  const files = new MemoryFileStore();
  const received: object[] = [];
  const { run, log } = setup(
    async (_context, parameters) => {
      received.push(parameters);
      return Report.success('done');
    },
    { fileStore: files, payloads: files },
  );
  const parameters = { text: 'x'.repeat(300_000) };

  const { id } = await run(parameters);

  expect(received).toEqual([parameters]);
  expect(await log.getSummary(id)).toMatchObject({ status: 'completed' });
  expect(await files.get(`payloads/${id}`)).toBeDefined();
});
