import { describe, expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { ADMIN, ARN, anApi } from '../support/an-api.ts';

describe('GET /tasks', () => {
  test('lists the caller’s tasks newest first, page by page', async () => {
    const { get, record } = anApi();
    const mine = [];
    for (let index = 0; index < 5; index++) {
      mine.push(await record('ann'));
      await record('ben');
    }

    const pages = [];
    let next: string | undefined;
    do {
      const { body } = await get(`/tasks?limit=2${next ? `&cursor=${next}` : ''}`);
      pages.push(body.tasks.map(({ id }: { id: string }) => id));
      next = body.next;
    } while (next);

    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(mine.map(({ id }) => id).toReversed());
  });

  test('lists twenty at a time, with status in words but without parameters', async () => {
    const { get, record } = anApi();
    for (let index = 0; index < 21; index++) await record('ann');

    const { status, body } = await get('/tasks');

    expect(status).toBe(200);
    expect(body.tasks).toHaveLength(20);
    expect(body.tasks[0]).toMatchObject({ statusCategory: 'created', statusLabel: 'Queued' });
    expect(body.tasks[0]).not.toHaveProperty('parameters');
  });

  test('lists the tasks of all for an admin, and none for somebody without any', async () => {
    const { get, record } = anApi();
    await record('ann');
    await record('ben');

    expect((await get('/tasks', ADMIN)).body.tasks).toHaveLength(2);
    expect((await get('/tasks', 'dan')).body).toEqual({ tasks: [] });
  });

  test.each([
    ['limit=0', ['limit']],
    ['limit=101', ['limit']],
    ['limit=1.5', ['limit']],
    ['limit=many', ['limit']],
    ['limit=', ['limit']],
    ['cursor=', ['cursor']],
    ['cursor=nonsense', ['cursor']],
    ['start=20', ['"start"']],
    ['limit=0&cursor=&start=20', ['limit', 'cursor', '"start"']],
  ])('refuses ?%s, naming what is wrong', async (query, names) => {
    const { status, headers, body } = await anApi().get(`/tasks?${query}`);

    const told = [body.detail, ...(body.errors ?? []).flatMap(Object.values)].join(' ');
    expect(status).toBe(400);
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json' });
    for (const name of names) expect(told).toContain(name);
  });
});

describe('GET /stats', () => {
  const setupTasks = async () => {
    const { get, stats } = anApi();
    const tasks = [
      ['ann', 'main', 'enqueued'],
      ['ann', 'main', 'running'],
      ['ann', 'main', 'completed'],
      ['ann', 'slow', 'completed'],
      ['ann', 'slow', 'failed'],
      ['ben', 'main', 'completed'],
      // An undecodable message is nobody's.
      [undefined, 'main', 'unknown'],
    ] as const;
    const changes = tasks.map(([user, queue, status], index) => ({
      taskId: newTaskId(),
      owner: user && `${ARN}${user}`,
      sequenceNumber: String(index + 1),
      from: undefined,
      to: { queue, status },
    }));
    await stats.apply('shard-1', changes);
    return get;
  };

  test('counts the caller’s tasks, by status and by queue', async () => {
    const get = await setupTasks();

    const { status, body } = await get('/stats');

    expect(status).toBe(200);
    expect(body).toEqual({
      numberOfTasksCompleted: 2,
      numberOfTasksFailed: 1,
      numberOfTasksInProgress: 1,
      byStatus: { enqueued: 1, running: 1, completed: 2, failed: 1 },
      byQueue: {
        main: { enqueued: 1, running: 1, completed: 1 },
        slow: { completed: 1, failed: 1 },
      },
    });
  });

  test('counts the tasks of all for an admin, undecodable messages as failed', async () => {
    const get = await setupTasks();

    const { body } = await get('/stats', ADMIN);

    expect(body).toMatchObject({
      numberOfTasksCompleted: 3,
      numberOfTasksFailed: 2,
      numberOfTasksInProgress: 1,
    });
  });

  test('counts nothing for somebody who has no tasks', async () => {
    const get = await setupTasks();

    const { body } = await get('/stats', 'eve');

    expect(body).toMatchObject({ numberOfTasksCompleted: 0, byStatus: {}, byQueue: {} });
  });
});
