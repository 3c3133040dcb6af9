import { describe, expect, test } from 'vitest';
import { DynamodbTable, type Key } from '../../shared/dynamodb/table.ts';
import { taskKey } from '../../shared/dynamodb/task-log/items.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { Expiry, type RetentionDays } from '../../shared/task-log/expiry.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownTable } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { claimed, done } from '../support/task-log-harness.ts';

const DAY_SECONDS = 86_400;

async function setup(retentionDays: RetentionDays) {
  const name = await ownTable();
  const table = new DynamodbTable(meteredDocuments(), name);
  const clock = new ManualClock();
  const log = dynamodbTaskLog(table, { retentionDays, clock });
  const daysUntilGone = async (key: Key): Promise<number> => {
    const item = await table.get(key);
    return (Number(item?.['expiresAt']) - clock.now() / 1000) / DAY_SECONDS;
  };
  const daysLeft = (taskId: string): Promise<number> => daysUntilGone(taskKey(taskId));
  return { log, clock, daysLeft, daysUntilGone };
}

test('a record outlives the message that is still to come: SQS keeps it for 14 days', async () => {
  const { log, daysLeft } = await setup(1);
  const [waiting, cancelled] = [aTask(), aTask()];
  for (const task of [waiting, cancelled]) await log.recordEnqueued(task, 'main');

  await log.cancel(cancelled.id);

  expect(await daysLeft(waiting.id)).toBeCloseTo(14, 2);
  // Gone earlier, the message would be taken for a task that nobody has recorded yet, and run.
  expect(await daysLeft(cancelled.id)).toBeCloseTo(14, 2);
});

test('the record of a task that has ended goes after the days of retention', async () => {
  const { log, daysLeft } = await setup(1);
  const task = aTask();

  await log.finish(await claimed(log, task), done);

  expect(await daysLeft(task.id)).toBeCloseTo(1, 2);
});

test('the record of a parent that waits lasts as long as the notes of its children', async () => {
  const { log, daysLeft, daysUntilGone } = await setup(30);
  const parent = aTask();
  const claim = await claimed(log, parent);
  await log.openChildren(claim, ['child']);

  await log.finish(claim, { ...done, status: 'child_running' });

  const ofNote = await daysUntilGone({ pk: parent.id, sk: 'open#child' });
  expect(await daysLeft(parent.id)).toBeCloseTo(ofNote, 2);
});

describe('the record of an archived task', () => {
  test('outlives the message that is still to come, also when the task was cancelled before', async () => {
    const { log, daysLeft } = await setup({ completed: 30, failed: 90, cancelled: 7, archived: 7 });
    const [waiting, cancelled] = [aTask(), aTask()];
    for (const task of [waiting, cancelled]) await log.recordEnqueued(task, 'main');
    await log.cancel(cancelled.id);

    for (const { id } of [waiting, cancelled]) await log.archive(id);

    expect(await daysLeft(waiting.id)).toBeCloseTo(14, 2);
    expect(await daysLeft(cancelled.id)).toBeCloseTo(14, 2);
  });

  test('goes before its parameters and its report do, however late each came', async () => {
    const { log, clock, daysLeft, daysUntilGone } = await setup(30);
    const task = aTask({ parameters: { text: 'x'.repeat(400) } });
    await log.recordEnqueued(task, 'main');
    clock.advance(13 * DAY_SECONDS);
    await log.finish(await claimed(log, task), done);
    clock.advance(29 * DAY_SECONDS);

    await log.archive(task.id);

    expect(await daysLeft(task.id)).toBeCloseTo(1, 2);
    expect(await daysUntilGone({ pk: task.id, sk: 'parameters' })).toBeGreaterThan(1);
  });

  test('goes after the days of archived tasks, if nothing of it is gone by then', async () => {
    const { log, clock, daysLeft } = await setup({
      completed: 30,
      failed: 30,
      cancelled: 30,
      archived: 7,
    });
    const task = aTask();
    await log.finish(await claimed(log, task), done);
    clock.advance(20 * DAY_SECONDS);

    await log.archive(task.id);

    expect(await daysLeft(task.id)).toBeCloseTo(7, 2);
  });
});

describe('records kept by how their tasks ended', () => {
  const BY_OUTCOME = { completed: 5, failed: 90, cancelled: 20, archived: 2 };

  test.each(['completed', 'failed', 'cancelled'] as const)(
    'go after the days of %s tasks, whose end is stored with its message in hand',
    async (status) => {
      const { log, daysLeft } = await setup(BY_OUTCOME);
      const task = aTask();

      await log.finish(await claimed(log, task), { ...done, status });

      expect(await daysLeft(task.id)).toBeCloseTo(BY_OUTCOME[status], 2);
    },
  );

  test('stay as long as the longest while nobody knows how the task will end', async () => {
    const { log, daysLeft } = await setup(BY_OUTCOME);
    const task = aTask();

    await log.recordEnqueued(task, 'main');

    expect(await daysLeft(task.id)).toBeCloseTo(90, 2);
  });

  test('of a task that is cancelled while it waits stay its own days, if more than 14', async () => {
    const { log, daysLeft } = await setup(BY_OUTCOME);
    const task = aTask();
    await log.recordEnqueued(task, 'main');

    await log.cancel(task.id);

    expect(await daysLeft(task.id)).toBeCloseTo(20, 2);
  });
});

describe('expiry', () => {
  const clock = new ManualClock();
  const daysUntil = (expiresAt: number): number =>
    (expiresAt - Math.ceil(clock.now() / 1000)) / DAY_SECONDS;

  test.each([
    ['completed', 5, 14],
    ['failed', 90, 90],
    ['unknown', 90, 90],
    ['cancelled', 20, 20],
    ['archived', 2, 14],
  ] as const)('of a task that ended as %s is in %i days, early in %i', (status, ended, early) => {
    const expiry = new Expiry({ completed: 5, failed: 90, cancelled: 20, archived: 2 }, clock);

    expect(daysUntil(expiry.ofEnded(status))).toBe(ended);
    expect(daysUntil(expiry.ofEndedEarly(status))).toBe(early);
  });

  test.each([
    ['short', 1],
    ['long', 3650],
    ['by outcome', { completed: 5, failed: 90, cancelled: 20, archived: 2 }],
  ])('of parameters and reports is after that of any record, with retention %s', (_case, days) => {
    const expiry = new Expiry(days, clock);
    const longest = typeof days === 'number' ? days : Math.max(...Object.values(days));

    const untilLastEnd = daysUntil(expiry.ofUnfinished);

    expect(untilLastEnd).toBe(Math.max(longest, 14));
    expect(daysUntil(expiry.ofOverflow)).toBeGreaterThanOrEqual(untilLastEnd + longest);
    expect(daysUntil(expiry.ofOverflow)).toBeGreaterThanOrEqual(
      untilLastEnd + daysUntil(expiry.ofEndedEarly('archived')),
    );
  });
});
