import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import type { Claim, TaskLog } from '../../shared/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';
import type { ManualClock } from '../support/manual-clock.ts';

export type TaskLogHarness = { log: TaskLog; clock: ManualClock };

/** A claim of its own each time. */
const aClaim = (workerId = 'worker-1') => ({
  queue: 'priority',
  workerId,
  leaseSeconds: 60,
  claimId: randomUUID(),
});
const LARGE = 'x'.repeat(5000);

/** What every task log promises. Called once per adapter. */
export function describeTaskLogContract(createHarness: () => Promise<TaskLogHarness>): void {
  async function claimed(log: TaskLog, task: Task, workerId = 'worker-1'): Promise<Claim> {
    const result = await log.claim(task, aClaim(workerId));
    if (result.outcome !== 'claimed') throw new Error(`the claim was answered ${result.outcome}`);
    return result.claim;
  }

  const done = { status: 'completed', report: Report.success('Exported') } as const;

  test('an enqueued task can be read back with all it was given', async () => {
    const { log } = await createHarness();
    const task = aTask({ owner: 'ann', parentId: newTaskId(), masterStatus: true });

    await log.recordEnqueued(task, 'priority');

    expect(await log.get(task.id)).toMatchObject({
      ...task,
      queue: 'priority',
      status: 'enqueued',
      attempt: 0,
    });
  });

  test('an id nobody enqueued is not found', async () => {
    const { log } = await createHarness();

    expect(await log.get(newTaskId())).toBeUndefined();
    expect(await log.getSummary(newTaskId())).toBeUndefined();
  });

  test('a claimed task is running, as attempt 1', async () => {
    const { log, clock } = await createHarness();
    const task = aTask();
    await log.recordEnqueued(task, 'priority');

    const claim = await claimed(log, task);

    expect(claim).toMatchObject({ taskId: task.id, attempt: 1 });
    expect(await log.getSummary(task.id)).toMatchObject({
      status: 'running',
      attempt: 1,
      startedAt: new Date(clock.now()).toISOString(),
    });
  });

  test.each([
    ['small', 'd-1'],
    ['large', LARGE],
  ])(
    'a claim writes the record of a task with %s parameters when the enqueuer died before',
    async (_size, value) => {
      const { log } = await createHarness();
      const task = aTask({ owner: 'ann', parameters: { value } });

      await claimed(log, task);

      expect(await log.get(task.id)).toMatchObject({ ...task, status: 'running' });
      expect((await log.list({ owner: 'ann', limit: 10 })).tasks).toHaveLength(1);
    },
  );

  test('an enqueuer that is late does not undo what a fast worker recorded', async () => {
    const { log } = await createHarness();
    const task = aTask();
    await log.finish(await claimed(log, task), done);

    await log.recordEnqueued(task, 'priority');

    expect(await log.getSummary(task.id)).toMatchObject({ status: 'completed' });
  });

  test('only one of two workers gets the task; the other learns how long to leave it alone', async () => {
    const { log } = await createHarness();
    const task = aTask();
    await log.recordEnqueued(task, 'priority');

    const results = await Promise.all([
      log.claim(task, aClaim()),
      log.claim(task, aClaim('worker-2')),
    ]);

    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['claimed', 'held']);
    const held = results.find((result) => result.outcome === 'held');
    expect(held?.forSeconds).toBeGreaterThan(55);
    expect(held?.forSeconds).toBeLessThanOrEqual(61);
  });

  test.each([
    ['small', 'd-1'],
    ['large', LARGE],
  ])(
    'a claim that is repeated, because its answer got lost, is the same claim (%s parameters)',
    async (_size, value) => {
      const { log } = await createHarness();
      const task = aTask({ parameters: { value } });
      const request = aClaim();
      const first = await log.claim(task, request);

      const again = await log.claim(task, request);

      expect(again).toEqual(first);
      expect(await log.get(task.id)).toMatchObject({ attempt: 1, parameters: { value } });
    },
  );

  test('a task whose worker died is claimed again, as attempt 2, once the lease is over', async () => {
    const { log, clock } = await createHarness();
    const task = aTask();
    await claimed(log, task);

    clock.advance(61);

    expect(await claimed(log, task, 'worker-2')).toMatchObject({ attempt: 2 });
  });

  test('a heartbeat keeps the claim beyond its lease', async () => {
    const { log, clock } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);
    clock.advance(50);

    const kept = await log.heartbeat(claim, 60);
    clock.advance(50);

    expect(kept).toBe(true);
    expect(await log.claim(task, aClaim())).toMatchObject({ outcome: 'held' });
  });

  test('progress is shown while the task runs, is kept by heartbeats, and is gone after', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);

    await log.heartbeat(claim, 60, { percent: 40, message: 'rows read' });
    await log.heartbeat(claim, 60);
    const running = await log.getSummary(task.id);
    await log.putBack(claim, { usesAttempt: true });
    await claimed(log, task);

    expect(running?.progress).toEqual({ percent: 40, message: 'rows read' });
    expect((await log.getSummary(task.id))?.progress).toBeUndefined();
  });

  test.each([
    ['small', Report.success('Exported', { file: 'results.csv' })],
    ['large', Report.success('Exported', undefined, [Report.warning(LARGE)])],
  ])('a finished task keeps its %s report', async (_size, report) => {
    const { log, clock } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);

    const stored = await log.finish(claim, { status: 'completed', report });

    expect(stored).toBe(true);
    expect(await log.get(task.id)).toMatchObject({
      status: 'completed',
      report,
      finishedAt: new Date(clock.now()).toISOString(),
    });
  });

  test('large parameters are kept whole', async () => {
    const { log } = await createHarness();
    const task = aTask({ parameters: { rows: [LARGE, LARGE] } });

    await log.recordEnqueued(task, 'priority');

    expect((await log.get(task.id))?.parameters).toEqual(task.parameters);
  });

  test('a finished task is not claimed again, however often its message comes back', async () => {
    const { log, clock } = await createHarness();
    const task = aTask();
    await log.finish(await claimed(log, task), done);

    clock.advance(3600);

    expect(await log.claim(task, aClaim())).toEqual({ outcome: 'ended', status: 'completed' });
  });

  test('finishing twice with the same claim is finishing once', async () => {
    const { log } = await createHarness();
    const claim = await claimed(log, aTask());
    await log.finish(claim, done);

    expect(await log.finish(claim, done)).toBe(true);
  });

  test.each([
    ['small', Report.error('from the grave')],
    ['large', Report.error(LARGE)],
  ])(
    'a worker that lost its claim cannot write over its successor, not even a %s report',
    async (_size, report) => {
      const { log, clock } = await createHarness();
      const task = aTask();
      const zombie = await claimed(log, task);
      clock.advance(61);
      const successor = await claimed(log, task, 'worker-2');
      const ending = {
        status: 'completed',
        report: Report.success(`${LARGE} by the successor`),
      } as const;
      await log.finish(successor, ending);

      const answers = [
        await log.heartbeat(zombie, 60),
        await log.putBack(zombie, { usesAttempt: true, report }),
        await log.finish(zombie, { status: 'failed', report }),
      ];

      expect(answers).toEqual([false, false, false]);
      expect(await log.get(task.id)).toMatchObject(ending);
    },
  );

  test('a task put back for a retry keeps the report of the attempt and counts it', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const report = Report.error('the service was away');

    const stored = await log.putBack(await claimed(log, task), { usesAttempt: true, report });

    expect(stored).toBe(true);
    expect(await log.get(task.id)).toMatchObject({ status: 'enqueued', attempt: 1, report });
    expect(await claimed(log, task)).toMatchObject({ attempt: 2 });
  });

  test('a task put back for later uses no attempt, yet the old claim is void', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const first = await claimed(log, task);
    await log.putBack(first, { usesAttempt: false });

    const second = await claimed(log, task);

    expect(second.attempt).toBe(1);
    expect(second.token).toBeGreaterThan(first.token);
    expect(await log.finish(first, done)).toBe(false);
  });

  test('putting back twice with the same claim is putting back once', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);
    await log.putBack(claim, { usesAttempt: false });

    expect(await log.putBack(claim, { usesAttempt: false })).toBe(true);
    expect(await claimed(log, task)).toMatchObject({ attempt: 1 });
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
