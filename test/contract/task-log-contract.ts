import { expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import { aTask } from '../support/a-task.ts';
import { aClaim, claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';
import { describeArchiving } from './task-log-archive-contract.ts';
import { describeCancelling } from './task-log-cancel-contract.ts';
import { describeChildren } from './task-log-children-contract.ts';
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
        await log.requeue(zombie, { usesAttempt: true, report }),
        await log.finish(zombie, { status: 'failed', report }),
      ];

      expect(answers).toEqual(['lost', 'lost', false]);
      expect(await log.get(task.id)).toMatchObject(ending);
    },
  );

  test('a task requeued for a retry keeps the report of the attempt and counts it', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const report = Report.error('the service was away');

    const stored = await log.requeue(await claimed(log, task), { usesAttempt: true, report });

    expect(stored).toBe('ok');
    expect(await log.get(task.id)).toMatchObject({ status: 'enqueued', attempt: 1, report });
    expect(await claimed(log, task)).toMatchObject({ attempt: 2 });
  });

  test('a task requeued for later uses no attempt, yet the old claim is void', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const first = await claimed(log, task);
    await log.requeue(first, { usesAttempt: false });

    const second = await claimed(log, task);

    expect(second.attempt).toBe(1);
    expect(second.token).toBeGreaterThan(first.token);
    expect(await log.finish(first, done)).toBe(false);
  });

  test('requeuing twice with the same claim requeues once', async () => {
    const { log } = await createHarness();
    const task = aTask();
    const claim = await claimed(log, task);
    await log.requeue(claim, { usesAttempt: false });

    expect(await log.requeue(claim, { usesAttempt: false })).toBe('ok');
    expect(await claimed(log, task)).toMatchObject({ attempt: 1 });
  });

  test('the reports of two workers that ran the same task are kept apart', async () => {
    const { log, clock } = await createHarness();
    const task = aTask();
    const long = (text: string) => ({ ...done, report: Report.success(text.repeat(500)) });
    const lost = await claimed(log, task);
    clock.advance(61);
    await log.finish(await claimed(log, task, 'worker-2'), long('right'));

    await log.finish(lost, long('wrong'));

    expect((await log.get(task.id))?.report?.message).toContain('right');
  });

  describeCancelling(createHarness);
  describeArchiving(createHarness);
  describeChildren(createHarness);
  describeFilesInTheLog(createHarness);
  describeTaskLogReads(createHarness);
  describeRedelivery(createHarness);
}
