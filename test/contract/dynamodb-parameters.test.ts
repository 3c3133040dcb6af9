import { expect, test } from 'vitest';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { taskKey } from '../../shared/dynamodb/task-log/items.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownTable } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { aLife } from '../support/mortal.ts';
import { aClaim, claimed } from '../support/task-log-harness.ts';

/** A task whose parameters have an item of their own. */
const large = () => aTask({ parameters: { text: 'x'.repeat(400) } });

async function setup() {
  const name = await ownTable();
  const table = new DynamodbTable(meteredDocuments(), name);
  const clock = new ManualClock();
  const logOver = (documents: DynamodbTable) =>
    dynamodbTaskLog(documents, { retentionDays: 30, clock });
  return { table, clock, logOver, log: logOver(table) };
}

test('parameters are stored although enqueuer and worker died before they could store them', async () => {
  const { table, clock, logOver, log } = await setup();
  const task = large();
  const dying = logOver(aLife(1)(table, 'update', 'put'));
  await expect(dying.claim(task, aClaim())).rejects.toThrow('dead');
  clock.advance(61);

  await claimed(log, task, 'worker-2');

  expect(await log.get(task.id)).toMatchObject({ attempt: 2, parameters: task.parameters });
});

test('parameters outlive the record of a task that is claimed again and again', async () => {
  const { table, clock, log } = await setup();
  const task = large();
  await log.recordEnqueued(task, 'main');
  for (const _ of [1, 2]) {
    await log.requeue(await claimed(log, task), { usesAttempt: false });
  }
  const expiries = async () => {
    const [item, parameters] = await table.getMany(
      [taskKey(task.id), { pk: task.id, sk: 'parameters' }],
      true,
    );
    return { record: Number(item?.['expiresAt']), parameters: Number(parameters?.['expiresAt']) };
  };

  for (const days of [29, 2, 29, 2]) {
    clock.advance(days * 86_400);
    await log.requeue(await claimed(log, task), { usesAttempt: false });
    const { record, parameters } = await expiries();
    expect(parameters).toBeGreaterThanOrEqual(record);
  }
});
