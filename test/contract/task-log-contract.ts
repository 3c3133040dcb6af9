import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { aTask } from '../support/a-task.ts';
import { aClaim, claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';
import { describeArchiving } from './task-log-archive-contract.ts';
import { describeCancelling } from './task-log-cancel-contract.ts';
import { describeChildren } from './task-log-children-contract.ts';
import { describeEndings } from './task-log-endings-contract.ts';
import { describeFilesInTheLog } from './task-log-files-contract.ts';
import { describeTaskLogReads } from './task-log-reads-contract.ts';
import { describeRedelivery } from './task-log-redelivery-contract.ts';

const LARGE = 'x'.repeat(5000);

/** Tests what every task log promises. Called once per adapter. */
export function describeTaskLogContract(createHarness: () => Promise<TaskLogHarness>): void {
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

    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['busy', 'claimed']);
    const held = results.find((result) => result.outcome === 'busy');
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

    expect(kept).toBe('ok');
    expect(await log.claim(task, aClaim())).toMatchObject({ outcome: 'busy' });
  });

  test('progress is shown while the task runs, is kept by heartbeats, and is gone after', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);

    await log.heartbeat(claim, 60, { percent: 40, message: 'rows read' });
    await log.heartbeat(claim, 60);
    const running = await log.getSummary(task.id);
    await log.requeue(claim, { usesAttempt: true });
    await claimed(log, task);

    expect(running?.progress).toEqual({ percent: 40, message: 'rows read' });
    expect((await log.getSummary(task.id))?.progress).toBeUndefined();
  });

  describeEndings(createHarness);
  describeCancelling(createHarness);
  describeArchiving(createHarness);
  describeChildren(createHarness);
  describeFilesInTheLog(createHarness);
  describeTaskLogReads(createHarness);
  describeRedelivery(createHarness);
}
