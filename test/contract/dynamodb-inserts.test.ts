import { describe, expect, test } from 'vitest';
import { newUsage } from '../../functions/wiring/usage-meter.ts';
import { DynamodbTable, type Item } from '../../shared/dynamodb/table.ts';
import { InsertBatcher } from '../../shared/dynamodb/task-log/recorder.ts';
import { DynamodbRedelivery } from '../../shared/dynamodb/task-log/redelivery.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownTable } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { claimed } from '../support/task-log-harness.ts';
import { describeTaskLogContract } from './task-log-contract.ts';

async function setup() {
  const name = await ownTable();
  const usage = newUsage();
  const documents = meteredDocuments(usage);
  const table = new DynamodbTable(documents, name);
  const clock = new ManualClock();
  const files = new MemoryFileStore();
  const inserts = new InsertBatcher(documents, name, table);
  const options = { retentionDays: 30, clock, files, inserts };
  const log = dynamodbTaskLog(table, options);
  const redelivery = new DynamodbRedelivery(table, options);
  return { documents, name, table, clock, files, inserts, log, redelivery, usage };
}

describe('DynamodbTaskLog that inserts in batches', () => {
  describeTaskLogContract(setup);
});

describe('records that are written at the same time', () => {
  test('are all there, as if they had been written alone, for one write unit each', async () => {
    const { table, log, clock, usage } = await setup();
    const tasks = Array.from({ length: 60 }, () => aTask());
    const alone = dynamodbTaskLog(table, { retentionDays: 30, clock });

    await Promise.all(tasks.map((task) => log.recordEnqueued(task, 'main')));

    expect(usage.writeUnits).toBe(60);
    const twin = aTask();
    await alone.recordEnqueued(twin, 'main');
    const expected = await alone.get(twin.id);
    for (const { id, createdAt } of tasks) {
      expect(await log.get(id)).toEqual({ ...expected, id, createdAt });
    }
  });

  test('leave a claim alone that came before', async () => {
    const { log } = await setup();
    const [begun, ...others] = [aTask(), aTask(), aTask()];
    const claim = await claimed(log, begun);

    await Promise.all([begun, ...others].map((task) => log.recordEnqueued(task, 'main')));

    expect(await log.getSummary(begun.id)).toMatchObject({ status: 'running', attempt: 1 });
    expect(await log.heartbeat(claim, 60)).toBe('ok');
    expect(await log.getSummary(others[0]?.id ?? '')).toMatchObject({ status: 'enqueued' });
  });

  test('are put one by one where PartiQL is refused', async () => {
    const { documents, table } = await setup();
    const put: Item[] = [];
    const refused = new InsertBatcher(documents, 'no-such-table', {
      putNew: async (item) => {
        put.push(item);
        return table.putNew(item);
      },
    });
    const keys = ['a', 'b', 'c'].map((sk) => ({ pk: 'test', sk }));

    await Promise.all(keys.map((key) => refused.putNew(key)));

    expect(put).toEqual(keys);
    expect(await table.getMany(keys, true)).toHaveLength(3);
  });

  test('fail each for itself when the table is away', async () => {
    const { documents } = await setup();
    const away = new DynamodbTable(documents, 'no-such-table');
    const inserts = new InsertBatcher(documents, 'no-such-table', away);

    const results = await Promise.allSettled(
      ['a', 'b'].map((sk) => inserts.putNew({ pk: 'test', sk })),
    );

    expect(results).toMatchObject([
      { status: 'rejected', reason: { code: 'LOG_UNAVAILABLE' } },
      { status: 'rejected', reason: { code: 'LOG_UNAVAILABLE' } },
    ]);
  });
});
