import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import { aTask } from '../support/a-task.ts';
import { aClaim, claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';

/** Tests what every task log promises about cancelled tasks. */
export function describeCancelling(createHarness: () => Promise<TaskLogHarness>): void {
  test('a task that waits is cancelled at once, its report says so, and it never runs', async () => {
    const { log, clock } = await createHarness();
    const task = aTask();
    await log.recordEnqueued(task, 'priority');

    expect(await log.cancel(task.id)).toEqual({ outcome: 'cancelled' });

    expect(await log.get(task.id)).toMatchObject({
      status: 'cancelled',
      finishedAt: new Date(clock.now()).toISOString(),
      report: { type: 'info', message: `Task ${task.id} was cancelled before it began` },
    });
    expect(await log.claim(task, aClaim())).toEqual({ outcome: 'ended', status: 'cancelled' });
  });

  test('a task that waits for its retry is cancelled, and keeps no report of the failed attempt', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const report = Report.error('x'.repeat(5000));
    await log.requeue(await claimed(log, task), { usesAttempt: true, report });

    await log.cancel(task.id);

    expect((await log.get(task.id))?.report?.type).toBe('info');
  });

  test('a task that runs is cancelled by force only', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);

    expect(await log.cancel(task.id)).toEqual({ outcome: 'in-progress', status: 'running' });

    expect(await log.heartbeat(claim, 60)).toBe('ok');
  });

  test('the heartbeat of a running task tells its worker that it was cancelled', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);

    expect(await log.cancel(task.id, { force: true })).toEqual({ outcome: 'requested' });

    expect(await log.heartbeat(claim, 60)).toBe('cancel-requested');
    expect(await log.getSummary(task.id)).toMatchObject({
      status: 'running',
      cancelRequestedAt: expect.any(String),
    });
  });

  test('a cancelled task is not requeued for another attempt, but ends', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);
    await log.cancel(task.id, { force: true });

    expect(await log.requeue(claim, { usesAttempt: true })).toBe('cancel-requested');

    const report = Report.info('stopped half-way');
    expect(await log.finish(claim, { status: 'cancelled', report })).toBe(true);
    expect(await log.get(task.id)).toMatchObject({ status: 'cancelled', report });
  });

  test('who claims a task after its worker died learns that it is to be cancelled', async () => {
    const { log, clock } = await createHarness();
    const task = aTask();
    await claimed(log, task);
    await log.cancel(task.id, { force: true });
    clock.advance(61);

    const request = aClaim('worker-2');
    const first = await log.claim(task, request);

    expect(first).toMatchObject({ outcome: 'claimed', isCancelRequested: true });
    expect(await log.claim(task, request)).toEqual(first);
  });

  test('a worker that lost its claim cannot end the task, though its successor is to be cancelled', async () => {
    const { log, clock } = await createHarness();
    const task = aTask();
    const lost = await claimed(log, task);
    clock.advance(61);
    const successor = await claimed(log, task, 'worker-2');
    await log.cancel(task.id, { force: true });

    expect(await log.finish(lost, done)).toBe(false);

    expect(await log.heartbeat(successor, 60)).toBe('cancel-requested');
  });

  test('a task that finishes anyway keeps its result', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);
    await log.cancel(task.id, { force: true });

    expect(await log.finish(claim, done)).toBe(true);
    expect(await log.getSummary(task.id)).toMatchObject({ status: 'completed' });
  });

  test('what has ended, or never was, cannot be cancelled', async () => {
    const { log } = await createHarness();
    const task = aTask();
    await log.finish(await claimed(log, task), done);

    expect(await log.cancel(task.id)).toEqual({ outcome: 'ended', status: 'completed' });
    expect(await log.cancel(newTaskId())).toEqual({ outcome: 'unknown' });
  });

  test('cancelling twice is cancelling once', async () => {
    const { log } = await createHarness();
    const [waiting, running] = [aTask(), aTask()];
    await log.recordEnqueued(waiting, 'priority');
    await claimed(log, running);
    await Promise.all([log.cancel(waiting.id), log.cancel(running.id, { force: true })]);

    expect(await log.cancel(waiting.id)).toEqual({ outcome: 'ended', status: 'cancelled' });
    expect(await log.cancel(running.id, { force: true })).toEqual({ outcome: 'requested' });
  });
}
