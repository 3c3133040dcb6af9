import { describe, expect, test } from 'vitest';
import { newUsage } from '../../functions/wiring/usage-meter.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { DynamodbResends } from '../../shared/dynamodb/task-log/resends.ts';
import { DynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import type { Claim, TaskLog } from '../../shared/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';
import { aConfig, meteredDocuments, ownResources } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { aClaim, claimed, done } from '../support/task-log-harness.ts';

/** A log in economy mode, with one task that waits. */
async function setup() {
  const { table } = await ownResources(aConfig());
  const usage = newUsage();
  const clock = new ManualClock();
  const documents = new DynamodbTable(meteredDocuments(usage), table);
  const options = { retentionDays: 30, isEconomy: true, clock };
  const log = new DynamodbTaskLog(documents, options);
  const resends = new DynamodbResends(documents, options);
  const task = aTask();
  await log.recordEnqueued(task, 'priority');
  return { log, resends, task, clock, usage };
}

async function firstDelivery(log: TaskLog, task: Task): Promise<Claim> {
  const result = await log.claim(task, { ...aClaim(), isFirstDelivery: true });
  if (result.outcome !== 'claimed') throw new Error(result.outcome);
  return result.claim;
}

describe('in economy mode', () => {
  test('a task that is delivered once runs without a written claim, and its end tells all', async () => {
    const { log, task } = await setup();
    const claim = await firstDelivery(log, task);
    expect(await log.getSummary(task.id)).toMatchObject({ status: 'enqueued', attempt: 0 });

    expect(await log.finish(claim, done)).toBe(true);
    expect(await log.finish(claim, done)).toBe(true);

    expect(await log.get(task.id)).toMatchObject({
      ...task,
      status: 'completed',
      queue: 'priority',
      attempt: 1,
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
      report: done.report,
    });
    expect(await log.claim(task, aClaim())).toEqual({ outcome: 'ended', status: 'completed' });
  });

  test('the first heartbeat writes the claim, and keeps others off', async () => {
    const { log, task } = await setup();
    const claim = await firstDelivery(log, task);

    expect(await log.heartbeat(claim, 60)).toBe('ok');
    expect(await log.heartbeat(claim, 60, { percent: 50 })).toBe('ok');

    expect(await log.getSummary(task.id)).toMatchObject({ status: 'running', attempt: 1 });
    expect(await log.claim(task, aClaim('worker-2'))).toMatchObject({ outcome: 'busy' });
    expect(await log.finish(claim, done)).toBe(true);
  });

  test('every heartbeat costs one write unit, the one that writes the claim two', async () => {
    const { log, task, usage } = await setup();
    const claim = await firstDelivery(log, task);
    const unitsOfHeartbeat = async (percent: number): Promise<number> => {
      const before = usage.writeUnits;
      await log.heartbeat(claim, 60, { percent });
      return usage.writeUnits - before;
    };

    const units = [await unitsOfHeartbeat(1), await unitsOfHeartbeat(2), await unitsOfHeartbeat(3)];

    expect(units).toEqual([2, 1, 1]);
  });

  test('a task that writes its claim late began when it began', async () => {
    const { log, task, clock } = await setup();
    const startedAt = new Date(clock.now()).toISOString();
    const claim = await firstDelivery(log, task);
    clock.advance(40);

    await log.heartbeat(claim, 60);
    expect(await log.getSummary(task.id)).toMatchObject({ status: 'running', startedAt });
    await log.finish(claim, done);
    expect(await log.getSummary(task.id)).toMatchObject({ status: 'completed', startedAt });
  });

  test('who lost the message before the first heartbeat cannot end the task any more', async () => {
    const { log, task } = await setup();
    const zombie = await firstDelivery(log, task);

    const successor = await claimed(log, task, 'worker-2');

    expect(await log.heartbeat(zombie, 60)).toBe('lost');
    expect(await log.finish(zombie, done)).toBe(false);
    expect(await log.putBack(zombie, { usesAttempt: true })).toBe('lost');
    expect(await log.finish(successor, done)).toBe(true);
  });

  test('who lost the message is not told that the end was stored, though its successor is to be cancelled', async () => {
    const { log, task } = await setup();
    const zombie = await firstDelivery(log, task);
    const successor = await claimed(log, task, 'worker-2');
    await log.cancel(task.id, { force: true });

    expect(await log.finish(zombie, done)).toBe(false);

    expect(await log.heartbeat(successor, 60)).toBe('cancel-requested');
  });

  test('a heartbeat that comes late does not take back what was put back, nor use an attempt', async () => {
    const { log, task } = await setup();
    const claim = await firstDelivery(log, task);
    expect(await log.putBack(claim, { usesAttempt: true })).toBe('ok');

    expect(await log.heartbeat(claim, 60)).toBe('lost');
    expect(await log.putBack(claim, { usesAttempt: true })).toBe('ok');

    expect((await claimed(log, task)).attempt).toBe(2);
  });

  test('the reports of two that hold the same task are kept apart', async () => {
    const { log, task } = await setup();
    const zombie = await firstDelivery(log, task);
    const successor = await claimed(log, task, 'worker-2');
    const long = (text: string) => ({ ...done, report: Report.success(text.repeat(500)) });
    await log.finish(successor, long('right'));

    await log.finish(zombie, long('wrong'));

    expect((await log.get(task.id))?.report?.message).toContain('right');
  });

  test('a task that was cancelled while it waited does not run', async () => {
    const { log, task } = await setup();
    await log.cancel(task.id);

    const result = await log.claim(task, { ...aClaim(), isFirstDelivery: true });

    expect(result).toEqual({ outcome: 'ended', status: 'cancelled' });
  });

  test('a failed attempt counts, and a task put back for later uses none', async () => {
    const { log, task } = await setup();
    await log.putBack(await firstDelivery(log, task), { usesAttempt: true });
    const second = await claimed(log, task);
    await log.putBack(second, { usesAttempt: false });

    expect(second.attempt).toBe(2);
    expect((await claimed(log, task)).attempt).toBe(2);
  });

  test('a task without a record gets one with its claim', async () => {
    const { log } = await setup();
    const task = aTask();

    const claim = await firstDelivery(log, task);

    expect(await log.getSummary(task.id)).toMatchObject({ status: 'running' });
    expect(await log.finish(claim, done)).toBe(true);
  });

  test('a task with children writes its claim when it opens the first', async () => {
    const { log, task } = await setup();
    const claim = await firstDelivery(log, task);
    const child = newTaskId();

    expect(await log.openChildren(claim, [child])).toEqual({
      state: 'ok',
      toSend: new Set([child]),
    });
    await log.finish(claim, { ...done, status: 'child_running' });

    expect(await log.getSummary(task.id)).toMatchObject({ status: 'child_running', attempt: 1 });
  });

  test('a task that is sent once more is claimed in writing, whichever message comes first', async () => {
    const { log, resends, task } = await setup();
    await resends.prepareRestart({ id: task.id, since: Date.now() + 1000 });

    await firstDelivery(log, task);

    expect(await log.getSummary(task.id)).toMatchObject({ status: 'running', attempt: 1 });
    const twin = { ...aClaim('worker-2'), isFirstDelivery: true };
    expect(await log.claim(task, twin)).toMatchObject({ outcome: 'busy' });
  });

  test('a run that began before the task was sent once more still ends it', async () => {
    const { log, resends, task } = await setup();
    const claim = await firstDelivery(log, task);
    await resends.prepareRestart({ id: task.id, since: Date.now() + 1000 });

    expect(await log.finish(claim, done)).toBe(true);
  });

  test('a task that is redriven while its last attempt still ends is not ended by that', async () => {
    const { log, resends, task } = await setup();
    const claim = await firstDelivery(log, task);
    await resends.reopen(task, { letterId: 'letter-1', queue: 'priority' });

    expect(await log.finish(claim, { ...done, status: 'failed' })).toBe(false);

    expect(await log.getSummary(task.id)).toMatchObject({ status: 'enqueued', attempt: 0 });
  });
});
