import { describe, expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';
import { aClaim, claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';

const failed = { status: 'failed', report: Report.error('No') } as const;
const LETTER = { letterId: 'letter-1', queue: 'priority' };
const OTHER = { letterId: 'letter-2', queue: 'priority' };

async function failedTask(log: TaskLog, changes: Partial<Task> = {}): Promise<Task> {
  const task = aTask(changes);
  await log.requeue(await claimed(log, task), { usesAttempt: true });
  await log.finish(await claimed(log, task), failed);
  return task;
}

/** Tests what every task log promises about tasks that are sent again. */
export function describeRedelivery(createHarness: () => Promise<TaskLogHarness>): void {
  describe('a dead letter that is redriven', () => {
    test('reopens its failed task, with all its attempts', async () => {
      const { log, redelivery } = await createHarness();
      const task = await failedTask(log, { owner: 'ann' });

      expect(await redelivery.redrive(task, { ...LETTER, queue: 'standard' })).toEqual({
        outcome: 'requeued',
      });

      const record = await log.get(task.id);
      expect(record).toMatchObject({ ...task, status: 'enqueued', queue: 'standard', attempt: 0 });
      expect(record).not.toHaveProperty('finishedAt');
      expect((await log.list({ statuses: ['failed'], limit: 10 })).tasks).toEqual([]);
      expect(await claimed(log, task)).toMatchObject({ attempt: 1 });
    });

    test('writes an expired record again, and resets it only once', async () => {
      const { log, redelivery } = await createHarness();
      const task = aTask({ parameters: { value: 'x'.repeat(5000) } });

      expect(await redelivery.redrive(task, LETTER)).toEqual({ outcome: 'requeued' });

      expect(await log.get(task.id)).toMatchObject({ ...task, status: 'enqueued', attempt: 0 });
      await log.finish(await claimed(log, task), failed);
      expect(await redelivery.redrive(task, LETTER)).toEqual({
        outcome: 'obsolete',
        status: 'failed',
      });
    });

    test('may be redriven again and again until the task is claimed, and is settled from then on', async () => {
      const { log, redelivery } = await createHarness();
      const task = await failedTask(log);

      for (const _ of [1, 2, 3]) {
        expect(await redelivery.redrive(task, LETTER)).toEqual({ outcome: 'requeued' });
      }

      const claim = await claimed(log, task);
      expect(await redelivery.redrive(task, LETTER)).toEqual({
        outcome: 'obsolete',
        status: 'running',
      });
      await log.finish(claim, failed);
      expect(await redelivery.redrive(task, LETTER)).toEqual({
        outcome: 'obsolete',
        status: 'failed',
      });
      expect(await redelivery.redrive(task, OTHER)).toEqual({ outcome: 'requeued' });
      expect(await redelivery.redrive(task, LETTER)).toEqual({ outcome: 'requeued' });
      await log.finish(await claimed(log, task), done);
      for (const letter of [LETTER, OTHER]) {
        expect(await redelivery.redrive(task, letter)).toEqual({
          outcome: 'obsolete',
          status: 'completed',
        });
      }
    });

    test('leaves a task alone that a worker has, until its lease has ended', async () => {
      const { log, redelivery, clock } = await createHarness();
      const task = aTask();
      const claim = await claimed(log, task);

      expect(await redelivery.redrive(task, LETTER)).toEqual({ outcome: 'busy' });
      clock.advance(61);
      expect(await redelivery.redrive(task, LETTER)).toEqual({ outcome: 'requeued' });

      expect(await log.finish(claim, done)).toBe(false);
      expect(await log.getSummary(task.id)).toMatchObject({ status: 'enqueued', attempt: 0 });
    });

    test('does not run what was cancelled or archived', async () => {
      const { log, redelivery } = await createHarness();
      const [cancelled, archived] = [aTask(), await failedTask(log)];
      await log.recordEnqueued(cancelled, 'priority');
      await log.cancel(cancelled.id);
      await log.archive(archived.id);

      expect(await redelivery.redrive(cancelled, LETTER)).toEqual({
        outcome: 'put-aside',
        status: 'cancelled',
      });
      expect(await redelivery.redrive(archived, LETTER)).toMatchObject({ status: 'archived' });
    });

    test('voids the claim of a worker whose lease has ended', async () => {
      const { log, redelivery, clock } = await createHarness();
      const task = aTask();
      const lost = await claimed(log, task);
      clock.advance(61);

      await redelivery.redrive(task, LETTER);

      expect(await log.finish(lost, failed)).toBe(false);
      expect(await log.getSummary(task.id)).toMatchObject({ status: 'enqueued', attempt: 0 });
    });

    test('runs a task that failed although its cancellation was asked for', async () => {
      const { log, redelivery } = await createHarness();
      const task = aTask();
      const claim = await claimed(log, task);
      await log.cancel(task.id, { force: true });
      await log.finish(claim, failed);

      await redelivery.redrive(task, LETTER);

      expect(await log.claim(task, aClaim())).toMatchObject({ isCancelRequested: false });
    });
  });

  describe('a task whose message is lost', () => {
    test('is returned as in its message, and waits again once that is sent', async () => {
      const { log, redelivery, clock } = await createHarness();
      const small = aTask({ owner: 'ann', parentId: newTaskId(), retryOf: newTaskId() });
      const large = aTask({ parameters: { value: 'x'.repeat(5000) }, masterStatus: true });
      const elsewhere = aTask({ parameters: null, parametersAt: 'payloads/1' });
      for (const task of [small, large, elsewhere]) {
        await log.recordEnqueued(task, 'priority');
        clock.advance(300);
        const stuck = { id: task.id, since: clock.now() };

        expect(await redelivery.prepareRequeue(stuck)).toEqual({
          outcome: 'ready',
          task,
          queue: 'priority',
        });
        expect(await redelivery.prepareRequeue(stuck)).toMatchObject({ outcome: 'ready' });
        await redelivery.recordRequeue(stuck, 'standard');

        expect(await redelivery.prepareRequeue(stuck)).toEqual({ outcome: 'moved-on' });
        expect(await log.getSummary(task.id)).toMatchObject({
          status: 'enqueued',
          queue: 'standard',
          updatedAt: new Date(clock.now()).toISOString(),
        });
      }
    });

    test('is still ended by the worker whose lease has ended, if nobody else has claimed it', async () => {
      const { log, redelivery, clock } = await createHarness();
      const task = aTask();
      const claim = await claimed(log, task);
      clock.advance(61);
      await redelivery.recordRequeue({ id: task.id, since: clock.now() }, 'priority');

      expect(await log.finish(claim, done)).toBe(true);
    });

    test('is no such task before it is due', async () => {
      const { log, redelivery, clock } = await createHarness();
      const [delayed, putBack] = [aTask(), aTask()];
      await log.recordEnqueued(delayed, 'priority', 900);
      const delaySeconds = 900;
      await log.requeue(await claimed(log, putBack), { usesAttempt: true, delaySeconds });
      const dueAt = new Date(clock.now() + 900_000).toISOString();

      for (const { id } of [delayed, putBack]) {
        expect(await log.getSummary(id)).toMatchObject({ status: 'enqueued', dueAt });
        const since = clock.now() + 600_000;
        expect(await redelivery.prepareRequeue({ id, since })).toEqual({ outcome: 'moved-on' });
        const later = { id, since: clock.now() + 900_001 };
        expect(await redelivery.prepareRequeue(later)).toMatchObject({ outcome: 'ready' });
      }
      await claimed(log, delayed);
      expect(await log.getSummary(delayed.id)).not.toHaveProperty('dueAt');
    });

    test('may be one that a worker held whose lease has ended', async () => {
      const { log, redelivery, clock } = await createHarness();
      const task = aTask();
      await claimed(log, task);
      clock.advance(59);
      const stuck = { id: task.id, since: clock.now() };

      expect(await redelivery.prepareRequeue(stuck)).toEqual({ outcome: 'moved-on' });
      clock.advance(2);
      expect(await redelivery.prepareRequeue(stuck)).toMatchObject({ outcome: 'ready', task });

      await redelivery.recordRequeue(stuck, 'priority');
      expect(await claimed(log, task)).toMatchObject({ attempt: 2 });
    });

    test('that began, ended or never was is left alone, and what it has become stays', async () => {
      const { log, redelivery, clock } = await createHarness();
      const [running, ended, unknown] = [aTask(), aTask(), aTask()];
      await claimed(log, running);
      await log.finish(await claimed(log, ended), done);
      clock.advance(30);

      for (const { id } of [running, ended, unknown]) {
        const stuck = { id, since: clock.now() };
        expect(await redelivery.prepareRequeue(stuck)).toEqual({ outcome: 'moved-on' });
        await redelivery.recordRequeue(stuck, 'standard');
      }

      expect(await log.getSummary(running.id)).toMatchObject({ queue: 'priority' });
      expect(await log.getSummary(ended.id)).toMatchObject({ status: 'completed' });
      expect(await log.getSummary(unknown.id)).toBeUndefined();
    });
  });
}
