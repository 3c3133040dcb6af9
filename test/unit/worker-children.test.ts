import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { BrokerUnavailableError, LogUnavailableError } from '../../shared/errors.ts';
import { Report } from '../../shared/report/report.ts';
import type { ChildRequest } from '../../shared/task/task-context.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
const items = (count: number): ChildRequest[] =>
  Array.from({ length: count }, (_, number) => ({ name: 'item', parameters: { number } }));

type Harness = ReturnType<typeof workerHarness>;

const startsOf = ({ started }: Harness, ids: readonly string[]): number[] =>
  ids.map((id) => started.filter(({ taskId }) => taskId === id).length);

test('a task with children stays in progress until they have ended, then it is completed', async () => {
  const harness = workerHarness();
  harness.handleIn('item', 2000);
  let children: readonly string[] = [];
  harness.handle('all', async ({ context }) => {
    children = await context.enqueueChildren(items(250));
    return Report.success('divided');
  });
  const [id = ''] = await harness.enqueue('main', 'all');
  const { worker, ended } = harness.startWorker();

  await pass(1000);
  expect(await harness.record(id)).toMatchObject({ status: 'child_running' });
  await pass(120_000);

  expect(await harness.record(id)).toMatchObject({ status: 'completed' });
  expect(startsOf(harness, children)).toEqual(Array(250).fill(1));
  await drained(worker, ended);
});

test('children inherit the owner, and know their parent', async () => {
  const harness = workerHarness();
  harness.handleIn('item', 10);
  let child = '';
  harness.handle('all', async ({ context }) => {
    child = await context.enqueueChild({ name: 'item', parameters: {}, label: 'The first' });
  });
  const [id = ''] = await harness.enqueue('main', 'all', 1, { owner: 'ann' });
  const { worker, ended } = harness.startWorker();
  await pass(5000);

  expect(await harness.record(child)).toMatchObject({
    parentId: id,
    owner: 'ann',
    label: 'The first',
    status: 'completed',
  });
  await drained(worker, ended);
});

test('an attempt after a failed one enqueues the same children, and none runs twice', async () => {
  const harness = workerHarness();
  harness.handleIn('item', 10);
  const asked: (readonly string[])[] = [];
  harness.handle(
    'all',
    async ({ context }) => {
      asked.push(await context.enqueueChildren(items(3)));
      if (context.attempt < 3) throw new Error('after its children');
    },
    { retry: { maxAttempts: 3, baseSeconds: 1 } },
  );
  const [id = ''] = await harness.enqueue('main', 'all');
  const { worker, ended } = harness.startWorker();
  await pass(60_000);

  expect(asked).toHaveLength(3);
  expect(new Set(asked.flat()).size).toBe(3);
  expect(startsOf(harness, asked[0] ?? [])).toEqual([1, 1, 1]);
  expect((await harness.record(id)).status).toBe('completed');
  await drained(worker, ended);
});

test('two children that are alike are two children', async () => {
  const harness = workerHarness();
  harness.handleIn('item', 10);
  let ids: readonly string[] = [];
  harness.handle('all', async ({ context }) => {
    const twin = { name: 'item', parameters: {} };
    ids = await context.enqueueChildren([twin, twin]);
  });
  await harness.enqueue('main', 'all');
  const { worker, ended } = harness.startWorker();
  await pass(5000);

  expect(startsOf(harness, ids)).toEqual([1, 1]);
  await drained(worker, ended);
});

test('a parent with master status is completed while its children still run', async () => {
  const harness = workerHarness();
  harness.handleIn('item', 20_000);
  harness.handle('all', async ({ context }) => {
    await context.enqueueChildren(items(2));
  });
  const [id = ''] = await harness.enqueue('main', 'all', 1, { masterStatus: true });
  const { worker, ended } = harness.startWorker();
  await pass(5000);

  expect((await harness.record(id)).status).toBe('completed');
  await drained(worker, ended);
});

test('the handler learns that a child could not be sent; the task does not wait for it', async () => {
  const harness = workerHarness();
  harness.handleIn('item', 10);
  const refusal = new BrokerUnavailableError('main', 'throttled');
  const caught: unknown[] = [];
  harness.handle('all', async ({ context }) => {
    vi.spyOn(harness.brokerOf('main'), 'publish').mockResolvedValueOnce([refusal as never]);
    await context.enqueueChild({ name: 'item', parameters: {} }).catch((e) => caught.push(e));
    await context.enqueueChildren(items(2));
  });
  const [id = ''] = await harness.enqueue('main', 'all');
  const { worker, ended } = harness.startWorker();
  await pass(10_000);

  expect(caught).toEqual([refusal]);
  expect((await harness.record(id)).status).toBe('completed');
  await drained(worker, ended);
});

test('a parent does not wait for children that were opened and never sent', async () => {
  const harness = workerHarness();
  harness.handleIn('item', 10);
  const { openChildren } = harness.log;
  harness.handle('all', async ({ context }) => {
    vi.spyOn(harness.log, 'openChildren').mockImplementationOnce(async (...args) => {
      await openChildren.apply(harness.log, args);
      throw new LogUnavailableError('openChildren', 'the answer got lost');
    });
    await context.enqueueChildren(items(3)).catch(() => undefined);
    await context.enqueueChild({ name: 'item', parameters: { number: 9 } });
  });
  const [id = ''] = await harness.enqueue('main', 'all');
  const { worker, ended } = harness.startWorker();
  await pass(10_000);

  expect((await harness.record(id)).status).toBe('completed');
  await drained(worker, ended);
});

test('a child with an unknown name is refused when it is enqueued', async () => {
  const harness = workerHarness();
  harness.handle(
    'all',
    async ({ context }) => {
      await context.enqueueChild({ name: 'nonsense', parameters: {} });
    },
    { retry: { maxAttempts: 1 } },
  );
  const [id = ''] = await harness.enqueue('main', 'all');
  const { worker, ended } = harness.startWorker();
  await pass(5000);

  const { status, report } = await harness.record(id);
  expect(status).toBe('failed');
  expect(report?.children?.[0]?.message).toBe('No task is named "nonsense".');
  await drained(worker, ended);
});

test('a parent that is cancelled while it enqueues children stops, and its children are cancelled', async () => {
  const harness = workerHarness({ worker: { concurrency: 2 } });
  harness.handleIn('item', 600_000);
  harness.handle('all', async ({ context }) => {
    for (const item of items(100)) {
      await context.enqueueChild(item);
      await pause(1000, context.signal);
      context.signal.throwIfAborted();
    }
  });
  const [id = ''] = await harness.enqueue('main', 'all');
  const { worker, ended } = harness.startWorker();
  await pass(3500);

  await harness.log.cancel(id, { force: true });
  await pass(60_000);

  const { tasks } = await harness.log.list({ limit: 100 });
  expect(tasks.length).toBeLessThan(10);
  expect(tasks.map(({ status }) => status)).toEqual(tasks.map(() => 'cancelled'));
  await drained(worker, ended);
});
