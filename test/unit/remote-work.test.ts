import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Report } from '../../shared/report/report.ts';
import { type RemoteStatus, remoteWork } from '../../shared/task/task-definition.ts';
import { drained, workerHarness } from '../support/worker-harness.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A task that stands for remote work, which answers these one after the other. */
async function setup(...answers: RemoteStatus[]) {
  const harness = workerHarness();
  const askedAt: number[] = [];
  const began = Date.now();
  harness.handle(
    'remote',
    remoteWork(async () => {
      askedAt.push(Math.round((Date.now() - began) / 1000));
      return (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 'created' };
    }),
    { retry: { maxAttempts: 1 } },
  );
  const [id = ''] = await harness.enqueue('main', 'remote');
  const { worker, ended } = harness.startWorker();
  await vi.advanceTimersByTimeAsync(200_000);
  const record = await harness.record(id);
  await drained(worker, ended);
  return { record, askedAt };
}

test('is asked again later while it is created or in progress, and uses one attempt in all', async () => {
  const { record, askedAt } = await setup(
    { status: 'created' },
    { status: 'in_progress', askAgainSeconds: 60, percent: 40 },
    { status: 'in_progress', askAgainSeconds: 60, percent: 80 },
    { status: 'completed', report: Report.success('imported') },
  );

  expect(askedAt).toEqual([0, 30, 90, 150]);
  expect(record).toMatchObject({ status: 'completed', attempt: 1 });
  expect(record.report?.children).toEqual([Report.success('imported')]);
});

test('shows how far it is while it waits', async () => {
  const { record } = await setup({ status: 'in_progress', askAgainSeconds: 500, percent: 40 });

  expect(record.progress).toEqual({ percent: 40, message: 'the remote work is in_progress' });
});

test('fails when the remote work did', async () => {
  const { record } = await setup({ status: 'failed', report: Report.error('row 7') });

  expect(record.status).toBe('failed');
  expect(JSON.stringify(record.report)).toContain('row 7');
});
