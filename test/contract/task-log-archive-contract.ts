import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { aTask } from '../support/a-task.ts';
import { aClaim, claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';

/** What every task log promises about archived tasks. */
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

  test('archiving twice is archiving once, and what never was cannot be', async () => {
    const { log } = await createHarness();
    const task = aTask();
    await log.recordEnqueued(task, 'priority');
    await log.archive(task.id);

    expect(await log.archive(task.id)).toEqual({ outcome: 'archived' });
    expect(await log.archive(newTaskId())).toEqual({ outcome: 'unknown' });
  });
}
