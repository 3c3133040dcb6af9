import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FilesUnavailableError } from '../../shared/errors.ts';
import { offloadParameters } from '../../shared/files/payloads.ts';
import { Report } from '../../shared/report/report.ts';
import { encodeTask } from '../../shared/task/message.ts';
import type { TaskContext } from '../../shared/task/task-context.ts';
import { aTask } from '../support/a-task.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const storeFile = (context: TaskContext, text: string) =>
  context.storeFile({ name: 'results.csv', content: Buffer.from(text) });

describe('a file that a handler stores', () => {
  test('is the task’s when the attempt completes it', async () => {
    const { handle, enqueue, startWorker, record, files } = workerHarness();
    handle('work', async ({ context }) => {
      await storeFile(context, 'rows');
      return Report.success('Exported');
    });
    const [id = ''] = await enqueue('main', 'work');
    const { worker, ended } = startWorker();

    await pass(1000);
    await drained(worker, ended);

    const { file } = await record(id);
    expect(file).toMatchObject({ name: 'results.csv', bytes: 4 });
    expect(String(await files.get(file?.key ?? ''))).toBe('rows');
  });

  test('counts for nothing when its attempt fails: the next one makes its own', async () => {
    const { handle, enqueue, startWorker, record, files } = workerHarness();
    handle('work', async ({ context }) => {
      await storeFile(context, `of attempt ${context.attempt}`);
      if (context.attempt === 1) throw new Error('died after the export');
    });
    const [id = ''] = await enqueue('main', 'work');
    const { worker, ended } = startWorker();

    await pass(60_000);
    await drained(worker, ended);

    const { file } = await record(id);
    expect(String(await files.get(file?.key ?? ''))).toBe('of attempt 2');
    expect(files.keys).toEqual([`files/${id}/1`, `files/${id}/2`]);
  });

  test('is not the task’s when its report says that it failed', async () => {
    const { handle, enqueue, startWorker, record } = workerHarness();
    handle('work', async ({ context }) => {
      await storeFile(context, 'half of it');
      return Report.error('the other half is missing');
    });
    const [id = ''] = await enqueue('main', 'work');
    const { worker, ended } = startWorker();

    await pass(1000);
    await drained(worker, ended);

    const failed = await record(id);
    expect(failed).toMatchObject({ status: 'failed' });
    expect(failed).not.toHaveProperty('file');
  });

  test('too late, after its timeout, cannot replace the file of the next attempt', async () => {
    const { handle, enqueue, startWorker, record, files } = workerHarness();
    const handleSlowly = async ({ context }: { context: TaskContext }): Promise<void> => {
      if (context.attempt > 1) return void (await storeFile(context, 'in time'));
      await new Promise((resolve) => setTimeout(resolve, 120_000));
      await context.storeFile({ name: 'late.csv', content: Buffer.from('late') }).catch(() => {});
    };
    handle('work', handleSlowly, { timeoutSeconds: 10 });
    const [id = ''] = await enqueue('main', 'work');
    const { worker, ended } = startWorker();

    await pass(180_000);
    await drained(worker, ended);

    const { file } = await record(id);
    expect(file).toMatchObject({ name: 'results.csv' });
    expect(String(await files.get(file?.key ?? ''))).toBe('in time');
  });
});

describe('a task whose parameters are in the file store', () => {
  async function setup() {
    const harness = workerHarness();
    const got: unknown[] = [];
    harness.handle('work', async ({ parameters }) => void got.push(parameters), {
      retry: { maxAttempts: 2 },
    });
    const large = aTask({ name: 'work', parameters: { rows: ['a', 'b'] } });
    const task = await offloadParameters(large, harness.files);
    await harness.log.recordEnqueued(task, 'main');
    await harness.brokerOf('main').publish([{ body: encodeTask(task) }]);
    return { ...harness, got, task, large };
  }

  test('runs with them', async () => {
    const { startWorker, record, got, large } = await setup();
    const { worker, ended } = startWorker();

    await pass(1000);
    await drained(worker, ended);

    expect(got).toEqual([large.parameters]);
    expect(await record(large.id)).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('waits while the store is away, and no attempt is used', async () => {
    const { startWorker, record, files, got, large } = await setup();
    const away = vi
      .spyOn(files, 'get')
      .mockRejectedValue(new FilesUnavailableError('get', new Error('SlowDown')));
    const { worker, ended } = startWorker();

    await pass(600_000);
    const during = await record(large.id).catch((error: unknown) => error);
    away.mockRestore();
    await pass(60_000);
    await drained(worker, ended);

    expect(during).toMatchObject({ code: 'FILES_UNAVAILABLE' });
    expect(got).toEqual([large.parameters]);
    expect(await record(large.id)).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('fails after its attempts when they are gone, and is kept among the dead letters', async () => {
    const { startWorker, record, files, brokerOf, got, task } = await setup();
    await files.delete(task.parametersAt ?? '');
    const { worker, ended } = startWorker();

    await pass(60_000);
    await drained(worker, ended);

    expect(got).toEqual([]);
    expect(await record(task.id)).toMatchObject({
      status: 'failed',
      attempt: 2,
      report: { children: [{ message: expect.stringContaining(`payloads/${task.id}`) }] },
    });
    expect(brokerOf('main').inner.deadLetters).toHaveLength(1);
  });
});
