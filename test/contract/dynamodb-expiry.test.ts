import { expect, test } from 'vitest';
import { taskKey } from '../../shared/task-log/dynamodb-items.ts';
import { DynamodbTable } from '../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../shared/task-log/dynamodb-task-log.ts';
import { aTask } from '../support/a-task.ts';
import { aConfig, meteredDocuments, ownResources } from '../support/aws.ts';
import { claimed, done } from '../support/task-log-harness.ts';

const DAY_SECONDS = 86_400;
const RETENTION_DAYS = 1;

async function setup() {
  const { table: name } = await ownResources(aConfig());
  const table = new DynamodbTable(meteredDocuments(), name);
  const log = new DynamodbTaskLog(table, { retentionDays: RETENTION_DAYS });
  const daysLeft = async (taskId: string): Promise<number> => {
    const item = await table.get(taskKey(taskId));
    return (Number(item?.['expiresAt']) - Date.now() / 1000) / DAY_SECONDS;
  };
  return { log, daysLeft };
}

test('a record outlives the message that is still to come: SQS keeps it for 14 days', async () => {
  const { log, daysLeft } = await setup();
  const [waiting, cancelled] = [aTask(), aTask()];
  for (const task of [waiting, cancelled]) await log.recordEnqueued(task, 'main');

  await log.cancel(cancelled.id);

  expect(await daysLeft(waiting.id)).toBeCloseTo(14, 2);
  // Gone earlier, the message would be taken for a task that nobody has recorded yet, and run.
  expect(await daysLeft(cancelled.id)).toBeCloseTo(14, 2);
});

test('the record of a task that has ended goes after the days of retention', async () => {
  const { log, daysLeft } = await setup();
  const task = aTask();

  await log.finish(await claimed(log, task), done);

  expect(await daysLeft(task.id)).toBeCloseTo(RETENTION_DAYS, 2);
});
