import { describe, expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import type { Claim, Ending, TaskLog } from '../../shared/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';
import { aClaim, claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';

const failed: Ending = { status: 'failed', report: Report.error('Boom') };
const ownWorkDone: Ending = { status: 'child_running', report: Report.success('Divided') };

type Family = { readonly parent: Task; readonly claim: Claim; readonly children: readonly Task[] };

/** Tests what every task log promises about tasks with children. */
export function describeChildren(createHarness: () => Promise<TaskLogHarness>): void {
  /** A running parent with so many open children, which are recorded. */
  async function aFamily(
    log: TaskLog,
    count: number,
    changes: Partial<Task> = {},
  ): Promise<Family> {
    const parent = aTask(changes);
    const claim = await claimed(log, parent);
    return { parent, claim, children: await bear(log, claim, count) };
  }

  async function bear(log: TaskLog, claim: Claim, count: number): Promise<Task[]> {
    const tasks = Array.from({ length: count }, () => aTask({ parentId: claim.taskId }));
    const ids = tasks.map(({ id }) => id);
    const { state, toSend } = await log.openChildren(claim, ids);
    expect({ state, toSend: [...toSend] }).toEqual({ state: 'ok', toSend: ids });
    for (const task of tasks) await log.recordEnqueued(task, 'priority');
    return tasks;
  }

  const statusOf = async (log: TaskLog, { id }: Task) => (await log.getSummary(id))?.status;

  const end = async (log: TaskLog, task: Task, ending: Ending = done): Promise<boolean> =>
    log.finish(await claimed(log, task), ending);

  describe('a task whose own work is completed', () => {
    test('stays child_running, with its report, until its last child has ended; then it is completed', async () => {
      const { log, clock } = await createHarness();
      const { parent, claim, children } = await aFamily(log, 3);
      await log.finish(claim, ownWorkDone);

      for (const child of children) {
        expect(await log.get(parent.id)).toMatchObject({
          status: 'child_running',
          report: ownWorkDone.report,
        });
        clock.advance(1);
        await end(log, child);
      }

      expect(await log.getSummary(parent.id)).toMatchObject({
        status: 'completed',
        finishedAt: new Date(clock.now()).toISOString(),
      });
    });

    test('is failed in the end when any child failed', async () => {
      const { log } = await createHarness();
      const { parent, claim, children } = await aFamily(log, 3);
      await log.finish(claim, ownWorkDone);

      for (const [index, child] of children.entries()) {
        await end(log, child, index === 1 ? failed : done);
      }

      expect(await statusOf(log, parent)).toBe('failed');
    });

    test('is completed at once when its children have ended before', async () => {
      const { log } = await createHarness();
      const { parent, claim, children } = await aFamily(log, 2);
      for (const child of children) await end(log, child);
      expect(await statusOf(log, parent)).toBe('running');

      await log.finish(claim, ownWorkDone);

      expect(await statusOf(log, parent)).toBe('completed');
    });

    test('is not run again: its message is acknowledged when it comes back', async () => {
      const { log, clock } = await createHarness();
      const { parent, claim } = await aFamily(log, 1);
      await log.finish(claim, ownWorkDone);
      clock.advance(3600);

      expect(await log.claim(parent, aClaim())).toEqual({
        outcome: 'ended',
        status: 'child_running',
      });
    });

    test('counts a child that was cancelled or archived as processed', async () => {
      const { log } = await createHarness();
      const { parent, claim, children } = await aFamily(log, 2);
      await log.finish(claim, ownWorkDone);

      await log.cancel(children[0]?.id ?? '');
      await log.archive(children[1]?.id ?? '');

      expect(await statusOf(log, parent)).toBe('completed');
    });
  });

  test('a task that fails itself does not wait for its children, which go on', async () => {
    const { log } = await createHarness();
    const { parent, claim, children } = await aFamily(log, 1);

    await log.finish(claim, failed);
    for (const child of children) expect(await end(log, child)).toBe(true);

    expect(await statusOf(log, parent)).toBe('failed');
  });

  test('grandchildren hold up the whole line, and their failure reaches its top', async () => {
    const { log } = await createHarness();
    const { parent, claim, children } = await aFamily(log, 1);
    const [child = parent] = children;
    await log.finish(claim, ownWorkDone);
    const childClaim = await claimed(log, child);
    const [grandchild = child] = await bear(log, childClaim, 1);
    await log.finish(childClaim, ownWorkDone);
    expect(await statusOf(log, parent)).toBe('child_running');

    await end(log, grandchild, failed);

    expect([await statusOf(log, child), await statusOf(log, parent)]).toEqual(['failed', 'failed']);
  });

  test('an end that is stored twice is rolled up once, and both are answered the same', async () => {
    const { log } = await createHarness();
    const { parent, claim, children } = await aFamily(log, 1);
    const [child = parent] = children;
    await log.finish(claim, ownWorkDone);
    const childClaim = await claimed(log, child);

    expect(await log.finish(childClaim, done)).toBe(true);
    expect(await log.finish(childClaim, done)).toBe(true);
    expect(await log.finish(claim, ownWorkDone)).toBe(true);

    expect(await statusOf(log, parent)).toBe('completed');
  });

  describe('an attempt that repeats a dead one', () => {
    test('learns of its children, and which of them it need not send again', async () => {
      const { log, clock } = await createHarness();
      const { parent, claim, children } = await aFamily(log, 2);
      const unsent = aTask({ parentId: parent.id });
      await log.openChildren(claim, [unsent.id]);
      const [ended = parent] = children;
      await end(log, ended);
      clock.advance(61);

      const again = await log.claim(parent, aClaim('worker-2'));
      if (again.outcome !== 'claimed') throw new Error(again.outcome);
      expect(again.hasChildren).toBe(true);
      const ids = [...children, unsent].map(({ id }) => id);
      const { toSend } = await log.openChildren(again.claim, ids);

      expect([...toSend]).toEqual([unsent.id]);
    });

    test('waits for no child that was never sent, and for all that were', async () => {
      const { log, clock } = await createHarness();
      const { parent, claim, children } = await aFamily(log, 1);
      await log.openChildren(claim, [newTaskId()]);
      clock.advance(61);
      const second = await claimed(log, parent, 'worker-2');

      await log.finish(second, { ...ownWorkDone, sentChildren: new Set() });
      expect(await statusOf(log, parent)).toBe('child_running');
      for (const child of children) await end(log, child);

      expect(await statusOf(log, parent)).toBe('completed');
    });
  });

  test('who lost the claim closes no children of the attempt that took it over', async () => {
    const { log, clock } = await createHarness();
    const parent = aTask();
    const first = await claimed(log, parent);
    clock.advance(61);
    const second = await claimed(log, parent, 'worker-2');
    const child = aTask({ parentId: parent.id });
    await log.openChildren(second, [child.id]);

    expect(await log.finish(first, { ...ownWorkDone, sentChildren: new Set() })).toBe(false);
    await log.recordEnqueued(child, 'priority');
    await log.finish(second, { ...ownWorkDone, sentChildren: new Set([child.id]) });

    expect(await statusOf(log, parent)).toBe('child_running');
  });

  test('who lost the claim opens no children, nor does who is to be cancelled', async () => {
    const { log, clock } = await createHarness();
    const [zombie, cancelled] = [aTask(), aTask()];
    const lost = await claimed(log, zombie);
    clock.advance(61);
    await claimed(log, zombie, 'worker-2');
    const requested = await claimed(log, cancelled);
    await log.cancel(cancelled.id, { force: true });

    expect((await log.openChildren(lost, [newTaskId()])).state).toBe('lost');
    expect((await log.openChildren(requested, [newTaskId()])).state).toBe('cancel-requested');
  });

  describe('cancelling a parent', () => {
    test('that waits for its children ends it, and its open children', async () => {
      const { log } = await createHarness();
      const { parent, claim, children } = await aFamily(log, 3);
      await log.finish(claim, ownWorkDone);
      const [ended = parent, running = parent, waiting = parent] = children;
      await end(log, ended);
      const runningClaim = await claimed(log, running);

      expect(await log.cancel(parent.id)).toMatchObject({ outcome: 'in-progress' });
      expect(await log.cancel(parent.id, { force: true })).toEqual({ outcome: 'cancelled' });

      expect(await statusOf(log, parent)).toBe('cancelled');
      expect(await statusOf(log, ended)).toBe('completed');
      expect(await statusOf(log, waiting)).toBe('cancelled');
      expect(await log.heartbeat(runningClaim, 60)).toBe('cancel-requested');
    });

    test('that runs reaches the children it has, and their children', async () => {
      const { log } = await createHarness();
      const { parent, children } = await aFamily(log, 2);
      const [child = parent, other = parent] = children;
      const childClaim = await claimed(log, child);
      const [grandchild = parent] = await bear(log, childClaim, 1);

      expect(await log.cancel(parent.id, { force: true })).toEqual({ outcome: 'requested' });

      expect(await statusOf(log, other)).toBe('cancelled');
      expect(await statusOf(log, grandchild)).toBe('cancelled');
      expect(await log.heartbeat(childClaim, 60)).toBe('cancel-requested');
    });
  });
}
