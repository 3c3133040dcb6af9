import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { aTask } from '../support/a-task.ts';
import { aClaim, claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';

/** Tests what every task log promises about archived tasks. */
export function describeArchiving(createHarness: () => Promise<TaskLogHarness>): void {
  test('a task that has ended is archived, and keeps its report', async () => {
    const { log } = await createHarness();
    const task = aTask();
    await log.finish(await claimed(log, task), done);

    expect(await log.archive(task.id)).toEqual({ outcome: 'archived' });

    expect(await log.get(task.id)).toMatchObject({ status: 'archived', report: done.report });
  });

  test('a task that waits is archived, and never runs', async () => {
    const { log } = await createHarness();
    const task = aTask();
    await log.recordEnqueued(task, 'priority');

    await log.archive(task.id);

    expect(await log.claim(task, aClaim())).toEqual({ outcome: 'ended', status: 'archived' });
  });

  test('a task in progress is archived by force only; its worker then loses its claim', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);

    expect(await log.archive(task.id)).toEqual({ outcome: 'in-progress', status: 'running' });
    expect(await log.getSummary(task.id)).toMatchObject({ status: 'running' });
    expect(await log.archive(task.id, { force: true })).toEqual({ outcome: 'archived' });

    expect(await log.heartbeat(claim, 60)).toBe('lost');
    expect(await log.finish(claim, done)).toBe(false);
    expect(await log.getSummary(task.id)).toMatchObject({ status: 'archived' });
  });

  test('a claim that is repeated because its answer got lost runs nothing that was archived meanwhile', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const request = aClaim();
    await log.claim(task, request);
    await log.archive(task.id, { force: true });

    expect(await log.claim(task, request)).toEqual({ outcome: 'ended', status: 'archived' });
  });

  test('an archived task shows no progress, though it was archived half-way', async () => {
    const { log } = await createHarness();
    const task = aTask();
    await log.heartbeat(await claimed(log, task), 60, { percent: 50 });

    await log.archive(task.id, { force: true });

    expect(await log.getSummary(task.id)).not.toHaveProperty('progress');
  });

  test('the answer names the file that the task had by then, each time', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const file = { key: 'files/1/1', name: 'r.csv', bytes: 1, contentType: 'text/csv' };
    await log.finish(await claimed(log, task), { ...done, file });

    expect(await log.archive(task.id)).toEqual({ outcome: 'archived', file });
    expect(await log.archive(task.id)).toEqual({ outcome: 'archived', file });
  });

  test('archiving twice is archiving once, and what never was cannot be', async () => {
    const { log } = await createHarness();
    const task = aTask();
    await log.recordEnqueued(task, 'priority');
    await log.archive(task.id);

    expect(await log.archive(task.id)).toEqual({ outcome: 'archived' });
    expect(await log.archive(newTaskId())).toEqual({ outcome: 'unknown' });
  });
}
