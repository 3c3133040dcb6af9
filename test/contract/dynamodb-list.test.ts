import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { newUsage } from '../../functions/wiring/usage-meter.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { failureMark, taskKey } from '../../shared/dynamodb/task-log/items.ts';
import { readTaskPage } from '../../shared/dynamodb/task-log/list.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { updateOf } from '../../shared/dynamodb/task-log/update-task.ts';
import { newTaskId } from '../../shared/ids.ts';
import { MemoryFileStore } from '../../shared/memory/file-store.ts';
import type { ListQuery } from '../../shared/task-log/task-log.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownTable } from '../support/aws.ts';
import { ManualClock } from '../support/manual-clock.ts';
import {
  anyFilter,
  anyTask,
  expectedIds,
  idsOnAllPages,
  recordTask,
} from '../support/searchable-tasks.ts';
import { claimed, done } from '../support/task-log-harness.ts';

async function setup() {
  const name = await ownTable();
  const usage = newUsage();
  const table = new DynamodbTable(meteredDocuments(usage), name);
  const clock = new ManualClock();
  const log = dynamodbTaskLog(table, { retentionDays: 30, clock });
  const record = async (count: number, changes: Parameters<typeof aTask>[0] = {}) => {
    const tasks = Array.from({ length: count }, () => aTask(changes));
    await Promise.all(tasks.map((task) => log.recordEnqueued(task, 'main')));
    return tasks;
  };
  const unitsOf = async (query: ListQuery): Promise<number> => {
    const before = usage.readUnits;
    await log.list(query);
    return usage.readUnits - before;
  };
  return { table, clock, files: new MemoryFileStore(), log, record, unitsOf };
}

describe('a page that stops reading early', () => {
  test('has a cursor with which all matching tasks are found once and in order', async () => {
    const anySearch = fc.record({
      filter: anyFilter,
      order: fc.constantFrom('newest', 'oldest'),
      limit: fc.integer({ min: 1, max: 7 }),
      readAtMost: fc.integer({ min: 8, max: 24 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyTask, { minLength: 20, maxLength: 50 }),
        fc.array(anySearch, { minLength: 6, maxLength: 6 }),
        async (tasks, searches) => {
          const harness = await setup();
          for (const task of tasks) await recordTask(harness, task);

          for (const { filter, order, limit, readAtMost } of searches) {
            const ids = await idsOnAllPages(
              async (query) => {
                const page = await readTaskPage(harness.table, query, readAtMost);
                expect(page.recordsRead).toBeLessThanOrEqual(readAtMost);
                return page;
              },
              { ...filter, order, limit },
            );

            expect(ids).toEqual(expectedIds(tasks, filter, order));
          }
        },
      ),
      { numRuns: 6 },
    );
  }, 60_000);

  test('goes on with those it had fetched but not shown', async () => {
    const { log, record } = await setup();
    const tasks = [];
    // Newest first: one of two matches, so two more are fetched, and both match.
    for (const name of ['a', 'a', 'other', 'a']) {
      tasks.push(...(await record(1, { owner: 'ann', name })));
    }

    const query = { owner: 'ann', names: ['a'], limit: 2 };
    const ids = await idsOnAllPages((page) => log.list(page), query);

    expect(ids).toEqual([tasks[3]?.id, tasks[1]?.id, tasks[0]?.id]);
  });

  test('may be empty, and still lead to the task that matches', async () => {
    const { table, record } = await setup();
    const [oldest] = await record(1, { name: 'rare' });
    await record(60);

    const first = await readTaskPage(table, { names: ['rare'], limit: 5 }, 16);
    const ids = await idsOnAllPages((query) => readTaskPage(table, query, 16), {
      names: ['rare'],
      limit: 5,
    });

    expect(first).toMatchObject({ tasks: [], next: expect.any(String) });
    expect(ids).toEqual([oldest?.id]);
  });

  test('is full even when it was requested by offset', async () => {
    const { table, record } = await setup();
    const rare = await record(3, { name: 'rare' });
    await record(60);

    const page = await readTaskPage(table, { names: ['rare'], limit: 5, offset: 1 }, 16);

    expect(page.tasks.map(({ id }) => id)).toEqual(
      rare
        .map(({ id }) => id)
        .sort()
        .reverse()
        .slice(1),
    );
  });
});

describe('a page of 20', () => {
  const parentId = newTaskId();
  const filters: readonly [string, Partial<ListQuery>][] = [
    ['of everybody’s tasks', {}],
    ['of an owner', { owner: 'ann' }],
    ['of a parent', { parentId }],
    ['of the failures', { statuses: ['failed', 'unknown'] }],
    ['of a name that every second task has', { names: ['export-results'] }],
  ];
  const withHundred = new Map<string, number>();
  const withAll = new Map<string, number>();

  beforeAll(async () => {
    const { log, record, unitsOf } = await setup();
    const fill = async (count: number) => {
      for (let index = 0; index < count; index += 4) {
        await record(2, { owner: 'ann', parentId });
        await record(2, { owner: 'ben', name: 'other' });
      }
    };
    const measure = async (units: Map<string, number>) => {
      for (const [whose, filter] of filters) {
        units.set(whose, await unitsOf({ ...filter, limit: 20 }));
      }
    };
    for (let index = 0; index < 25; index++) {
      await log.finish(await claimed(log, aTask()), { ...done, status: 'failed' });
    }

    await fill(100);
    await measure(withHundred);
    await fill(500);
    await measure(withAll);
  });

  test.each(filters)('%s costs the same with 100 and with 600 tasks in the log', (whose) => {
    const before = withHundred.get(whose) ?? 0;

    expect(before).toBeGreaterThan(0);
    // Ids are random, so the newest of a partition may take half a unit more or less.
    expect(withAll.get(whose)).toBeLessThanOrEqual(before + 2);
  });
});

test('a failure that is archived leaves the index of failures', async () => {
  const { table, log } = await setup();
  const failed = aTask();
  await log.finish(await claimed(log, failed), { ...done, status: 'failed' });
  const failures = { statuses: ['failed', 'unknown'], limit: 10 } as const;
  expect(await log.list(failures)).toMatchObject({ recordsRead: 1 });

  await table.update({
    Key: taskKey(failed.id),
    ...updateOf({
      set: { status: 'archived', ...failureMark(failed.id, 'archived') },
      condition: '#status = :failed',
      values: { ':failed': 'failed' },
    }),
  });

  expect(await log.list(failures)).toEqual({ tasks: [], recordsRead: 0 });
});
