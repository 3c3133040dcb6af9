import { expect, test } from 'vitest';
import { Report } from '../../shared/report/report.ts';
import { aTask } from '../support/a-task.ts';
import { aClaim, claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';

const LARGE = 'x'.repeat(5000);

/** Tests what is stored when an attempt ends: by its report, by a retry, or by a successor. */
export function describeEndings(createHarness: () => Promise<TaskLogHarness>): void {
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
}
