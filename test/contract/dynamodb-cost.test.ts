import { expect, test } from 'vitest';
import { newUsage } from '../../functions/wiring/usage-meter.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import type { Task } from '../../shared/task/task.ts';
import type { StoredFile } from '../../shared/task/task-context.ts';
import { runReport } from '../../shared/worker/finish-run.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownTable } from '../support/aws.ts';

const OWNER = 'arn:aws:sts::123456789012:assumed-role/assessment-backend/i-0abc123def4567890';
const REQUEST = {
  queue: 'background',
  workerId: 'ip-10-0-12-34.eu-west-1.compute.internal-1-3f2a',
  leaseSeconds: 60,
  claimId: '3f2a9c1e',
};

/** Write units of each step in the life of a task, as DynamoDB counts them. */
async function unitsPerStep(
  parameters: string,
  reportText: string,
  {
    file,
    status = 'completed',
    ...changes
  }: Partial<Task> & {
    file?: StoredFile;
    status?: 'completed' | 'failed';
  } = {},
) {
  const usage = newUsage();
  const table = await ownTable();
  const log = dynamodbTaskLog(new DynamodbTable(meteredDocuments(usage), table), {
    retentionDays: 30,
  });
  const task = aTask({ parameters, ...changes });
  const report = runReport(task, Report.success(reportText));
  const steps: number[] = [];
  const counted = async <Result>(step: Promise<Result>): Promise<Result> => {
    const before = usage.writeUnits;
    const result = await step;
    steps.push(usage.writeUnits - before);
    return result;
  };

  await counted(log.recordEnqueued(task, 'background'));
  const claimed = await counted(log.claim(task, REQUEST));
  if (claimed.outcome !== 'claimed') throw new Error(claimed.outcome);
  await counted(log.finish(claimed.claim, { status, report, ...(file && { file }) }));
  return steps;
}

test('an owned task costs 4 write units: 2 to enqueue, 1 to claim, 1 to finish', async () => {
  expect(await unitsPerStep('x'.repeat(250), 'y'.repeat(100), { owner: OWNER })).toEqual([2, 1, 1]);
});

test('a task of the system costs 3 write units', async () => {
  expect(await unitsPerStep('x'.repeat(250), 'y'.repeat(100))).toEqual([1, 1, 1]);
});

test('a file costs no write unit more', async () => {
  const file = {
    key: 'files/01ARZ3NDEKTSV4RRFFQ69G5FAV/1',
    name: 'Results of delivery 2026-06.csv',
    bytes: 1_234_567,
    contentType: 'text/csv; charset=utf-8',
  };

  expect(await unitsPerStep('x'.repeat(250), 'y'.repeat(100), { owner: OWNER, file })).toEqual([
    2, 1, 1,
  ]);
});

test('a child task costs 2 write units more, for its index and to be closed; a task that fails 1, for its', async () => {
  const [parameters, report] = ['x'.repeat(250), 'y'.repeat(100)];

  expect(await unitsPerStep(parameters, report, { owner: OWNER, parentId: newTaskId() })).toEqual([
    3, 1, 2,
  ]);
  expect(await unitsPerStep(parameters, report, { owner: OWNER, status: 'failed' })).toEqual([
    2, 1, 2,
  ]);
});

test('parameters and a report of 2 KB each cost at most 3 write units more each', async () => {
  expect(await unitsPerStep('x'.repeat(2048), 'y'.repeat(2048), { owner: OWNER })).toEqual([
    5, 1, 4,
  ]);
});
