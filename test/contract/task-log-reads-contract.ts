import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { aTask } from '../support/a-task.ts';

import { claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';
import { describeTaskLogSearch } from './task-log-search-contract.ts';

const LARGE = 'x'.repeat(5000);

/** Tests what every task log promises to those who read it. */
export function describeTaskLogReads(createHarness: () => Promise<TaskLogHarness>): void {
  describeTaskLogSearch(createHarness);

  test('an id nobody enqueued is not found', async () => {
    const { log } = await createHarness();

    expect(await log.get(newTaskId())).toBeUndefined();
    expect(await log.getSummary(newTaskId())).toBeUndefined();
  });

  test('a summary is the same when it may be a little old', async () => {
    const { log } = await createHarness();
    const task = aTask();
    await log.finish(await claimed(log, task), done);

    expect(await log.getSummary(task.id, 'soon')).toEqual(await log.getSummary(task.id));
  });

  test('large parameters are kept whole', async () => {
    const { log } = await createHarness();
    const task = aTask({ parameters: { rows: [LARGE, LARGE] } });

    await log.recordEnqueued(task, 'priority');

    expect((await log.get(task.id))?.parameters).toEqual(task.parameters);
  });

  test('an undecodable message leaves one record, however often it is delivered', async () => {
    const { log, clock } = await createHarness();
    const message = {
      messageId: 'm-1',
      sentAt: clock.now(),
      queue: 'priority',
      reason: 'not JSON',
    };

    await log.recordUndecodable(message);
    await log.recordUndecodable(message);

    const { tasks } = await log.list({ limit: 10 });
    expect(tasks).toMatchObject([{ status: 'unknown', queue: 'priority' }]);
    const record = await log.get(tasks[0]?.id ?? '');
    expect(record?.report).toMatchObject({ type: 'error', data: { reason: 'not JSON' } });
  });

  test.each([
    ['an owner', 'ann'],
    ['everybody', undefined],
  ])('the tasks of %s are listed newest first, page by page, each once', async (_whose, owner) => {
    const { log } = await createHarness();
    const mine = Array.from({ length: 25 }, () => aTask({ owner: 'ann' }));
    for (const task of mine) await log.recordEnqueued(task, 'priority');

    const pages = [];
    let cursor: string | undefined;
    do {
      const page = await log.list({
        limit: 10,
        ...(owner && { owner }),
        ...(cursor && { cursor }),
      });
      pages.push(page.tasks.map(({ id }) => id));
      cursor = page.next;
      await log.recordEnqueued(aTask({ owner: 'ann' }), 'priority');
    } while (cursor !== undefined);

    expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toEqual(mine.map(({ id }) => id).reverse());
  });

  test('an owner sees and counts nothing of others', async () => {
    const { log } = await createHarness();
    await log.recordEnqueued(aTask({ owner: 'ann' }), 'priority');
    await log.recordEnqueued(aTask({ owner: 'ben' }), 'priority');
    await log.recordEnqueued(aTask(), 'priority');

    const { tasks } = await log.list({ owner: 'ben', limit: 10 });

    expect(tasks.map(({ owner }) => owner)).toEqual(['ben']);
    expect(await log.countByStatus('ben')).toEqual({ enqueued: 1 });
  });

  test('a cursor that is none is refused', async () => {
    const { log } = await createHarness();

    await expect(log.list({ limit: 10, cursor: 'nonsense' })).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
    });
  });

  test('every task is counted under its status', async () => {
    const { log } = await createHarness();
    const tasks = Array.from({ length: 6 }, () => aTask());
    for (const task of tasks) await log.recordEnqueued(task, 'priority');
    const claims = await Promise.all(tasks.slice(0, 3).map((task) => claimed(log, task)));
    for (const claim of claims.slice(0, 2)) await log.finish(claim, done);

    expect(await log.countByStatus()).toEqual({ enqueued: 3, running: 1, completed: 2 });
  });
}
