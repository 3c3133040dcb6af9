import { describe, expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { ADMIN, ARN, anApi } from '../support/an-api.ts';

describe('cancelling and archiving one task', () => {
  test('a task that waits is cancelled, and cancelling it again is fine', async () => {
    const { manage, record } = anApi();
    const { id } = await record('ann');

    for (const _ of [1, 2]) {
      expect(await manage(`/tasks/${id}/cancel`)).toMatchObject({
        status: 200,
        body: { id, outcome: 'cancelled' },
      });
    }
  });

  test('a task in progress is refused with a hint, and cancelled by force: its worker is asked to stop', async () => {
    const { manage, record, run } = anApi();
    const task = await record('ann');
    await run(task);

    expect(await manage(`/tasks/${task.id}/cancel`)).toMatchObject({
      status: 409,
      body: {
        code: 'TASK_IN_PROGRESS',
        detail:
          'Task cannot be cancelled because it is already dequeued. Use force to do it anyway.',
      },
    });
    expect(await manage(`/tasks/${task.id}/cancel`, { force: true })).toMatchObject({
      status: 202,
      body: { id: task.id, outcome: 'requested' },
    });
  });

  test('a task in progress is archived by force only', async () => {
    const { manage, record, run, get } = anApi();
    const task = await record('ann');
    await run(task);

    const refused = await manage(`/tasks/${task.id}/archive`);
    expect(refused).toMatchObject({ status: 409, body: { code: 'TASK_IN_PROGRESS' } });
    expect(refused.body.detail).toMatch(
      /^Task cannot be archived because it is in progress\. Use force/,
    );
    expect(await manage(`/tasks/${task.id}/archive`, { force: true })).toMatchObject({
      status: 200,
      body: { id: task.id, outcome: 'archived' },
    });
    expect((await get(`/tasks/${task.id}`)).body.statusLabel).toBe('Archived');
  });

  test('what has come to another end cannot be cancelled any more', async () => {
    const { manage, record, run } = anApi();
    const task = await record('ann');
    await run(task, 'completed');

    expect(await manage(`/tasks/${task.id}/cancel`, { force: true })).toMatchObject({
      status: 409,
      body: { code: 'TASK_ENDED' },
    });
  });

  test('a misspelt option is refused, not ignored, and the right ones are named', async () => {
    const { manage, record } = anApi();
    const { id } = await record('ann');

    expect(await manage(`/tasks/${id}/archive`, { forced: true })).toMatchObject({
      status: 422,
      body: { code: 'BODY_INVALID', errors: [{ message: 'unknown "forced"; accepted: force' }] },
    });
  });
});

test('archiving an export deletes its file, alone or among many; any other task keeps its own', async () => {
  const { manage, record, run, files } = anApi();
  const file = (key: string) => ({ key, name: 'a.csv', bytes: 1, contentType: 'text/csv' });
  const tasks = await Promise.all(['wave', 'wave', 'greet'].map((name) => record('ann', { name })));
  for (const task of tasks) {
    await files.put({ key: task.id, content: Buffer.from('x'), contentType: 'text/csv' });
    await run(task, 'completed', file(task.id));
  }
  const [alone, among, other] = tasks.map(({ id }) => id);

  await manage(`/tasks/${alone}/archive`);
  await manage('/tasks/archive', { ids: [among, other] });

  const kept = await Promise.all(tasks.map(async ({ id }) => files.get(id)));
  expect(kept.map((content) => content !== undefined)).toEqual([false, false, true]);
});

describe('cancelling and archiving many tasks', () => {
  test('each id is answered for; those of others, as if they were not', async () => {
    const { manage, record, run } = anApi();
    const [waiting, running, others] = [
      await record('ann'),
      await record('ann'),
      await record('b'),
    ];
    await run(running);
    const unknown = newTaskId();

    const ids = [waiting.id, running.id, others.id, unknown];
    const { status, body } = await manage('/tasks/cancel', { ids });

    expect(status).toBe(207);
    expect(body.items).toMatchObject([
      { id: waiting.id, outcome: 'cancelled' },
      { id: running.id, status: 409, code: 'TASK_IN_PROGRESS' },
      { id: others.id, status: 404, code: 'TASK_NOT_FOUND' },
      { id: unknown, status: 404, code: 'TASK_NOT_FOUND' },
    ]);
    expect(body.counts).toEqual({ cancelled: 1, TASK_IN_PROGRESS: 1, TASK_NOT_FOUND: 2 });
  });

  test('archiving all takes every task of the caller that has ended, over all pages', async () => {
    const { manage, record, run, log } = anApi();
    const mine = await Promise.all(Array.from({ length: 230 }, () => record('ann')));
    for (const task of mine.slice(10)) await run(task, 'completed');
    const others = await record('ben');
    await run(others, 'completed');

    const { status, body } = await manage('/tasks/archive', { all: true });

    expect(status).toBe(200);
    expect(body.counts).toEqual({ archived: 220 });
    expect(body.next).toBeUndefined();
    expect((await log.getSummary(others.id))?.status).toBe('completed');
    expect((await log.getSummary(mine[0]?.id ?? ''))?.status).toBe('enqueued');
  });

  test('cancelling all takes what waits, and with force what runs', async () => {
    const { manage, record, run } = anApi();
    const [, running] = [await record('ann'), await record('ann')];
    await run(running);

    expect((await manage('/tasks/cancel', { all: true })).body.counts).toEqual({ cancelled: 1 });
    expect((await manage('/tasks/cancel', { all: true, force: true })).body.counts).toEqual({
      requested: 1,
    });
  });

  test('only an admin may name whose tasks, and otherwise means their own', async () => {
    const { manage, record } = anApi();
    await record('ann');
    const of = { all: true, owner: `${ARN}ann` };

    expect(await manage('/tasks/cancel', of, 'ben')).toMatchObject({
      status: 403,
      body: { code: 'OWNER_FORBIDDEN' },
    });
    expect((await manage('/tasks/cancel', { all: true }, ADMIN)).body.counts).toEqual({});
    expect((await manage('/tasks/cancel', of, ADMIN)).body.counts).toEqual({ cancelled: 1 });
  });

  test.each([
    [{}, ['all']],
    [{ all: false, force: 1 }, ['all', 'force']],
    [{ ids: [] }, ['ids']],
    [{ ids: ['x'], all: true }, ['']],
    [[], ['']],
  ])(
    'a body that names neither ids nor all is refused, with what is wrong: %j',
    async (body, paths) => {
      const { manage } = anApi();

      const { status, body: problem } = await manage('/tasks/archive', body);

      expect(status).toBe(422);
      expect(problem.errors.map(({ path }: { path: string }) => path)).toEqual(paths);
    },
  );
});

describe('retrying a task', () => {
  test('enqueues a new task of the same name, parameters, label and owner, linked to the old one', async () => {
    const { manage, record, run, get } = anApi();
    const old = await record('ann', { name: 'greet', parameters: { whom: 'Ann' }, label: 'Hi' });
    await run(old, 'failed');

    const { status, body } = await manage(`/tasks/${old.id}/retry`, undefined, ADMIN);

    expect(status).toBe(202);
    expect(body).toEqual({ id: expect.any(String), queue: 'main', retryOf: old.id });
    expect(body.id).not.toBe(old.id);
    expect((await get(`/tasks/${body.id}`)).body).toMatchObject({
      name: 'greet',
      parameters: { whom: 'Ann' },
      label: 'Hi',
      owner: `${ARN}ann`,
      retryOf: old.id,
      status: 'enqueued',
    });
    expect((await get(`/tasks/${old.id}`)).body.status).toBe('failed');
  });

  test('makes one new task under one idempotency key, however often it is asked for', async () => {
    const { manage, record, run } = anApi();
    const old = await record('ann', { name: 'wave', parameters: {} });
    await run(old, 'failed');
    const retry = () =>
      manage(`/tasks/${old.id}/retry`, undefined, 'ann', { 'idempotency-key': 'again' });

    const [first, second] = [await retry(), await retry()];

    expect(second.body).toEqual(first.body);
    expect(second.headers).toMatchObject({ 'idempotency-replayed': 'true' });
  });

  test('is refused while the task has not ended, unless forced', async () => {
    const { manage, record } = anApi();
    const { id } = await record('ann', { name: 'wave', parameters: {} });

    expect(await manage(`/tasks/${id}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'TASK_IN_PROGRESS' },
    });
    expect((await manage(`/tasks/${id}/retry`, { force: true })).status).toBe(202);
  });

  test('of somebody else is not found', async () => {
    const { manage, record } = anApi();
    const { id } = await record('ben');

    expect((await manage(`/tasks/${id}/retry`)).status).toBe(404);
  });
});
