import { expect, test } from 'vitest';
import { MemoryTaskLog } from '../../shared/memory/task-log.ts';
import { oldestWaiting } from '../../shared/task-log/waiting-tasks.ts';
import { aTask } from '../support/a-task.ts';
import { claimed } from '../support/task-log-harness.ts';

const NOW = Date.now();

/** A log with so many tasks that wait in each queue, and some that run. */
async function aLog(queues: Record<string, number>) {
  const log = new MemoryTaskLog();
  const oldest: Record<string, string> = {};
  for (const [queue, count] of Object.entries(queues)) {
    for (let index = 0; index < count; index++) {
      const task = aTask({ createdAt: new Date(NOW - (count - index) * 1000).toISOString() });
      oldest[queue] ??= task.createdAt;
      await log.recordEnqueued(task, queue);
    }
  }
  let pages = 0;
  const list: MemoryTaskLog['list'] = (query) => {
    pages += 1;
    return log.list(query);
  };
  const pagesRead = () => pages;
  return { log, list, oldest, pagesRead };
}

test('finds the oldest task of each queue, of those that wait', async () => {
  const { log, list, oldest } = await aLog({ main: 3, slow: 150 });
  await claimed(log, aTask({ createdAt: new Date(NOW - 3_600_000).toISOString() }));

  const found = await oldestWaiting(
    { list },
    new Map([
      ['main', 3],
      ['slow', 150],
    ]),
    NOW,
  );

  expect(Object.fromEntries(found)).toEqual({
    main: { createdAt: oldest['main'], isCertain: true },
    slow: { createdAt: oldest['slow'], isCertain: true },
  });
});

test('reads nothing where nothing waits, and no further than it must', async () => {
  const { list, pagesRead } = await aLog({ main: 250 });

  expect(await oldestWaiting({ list }, new Map([['main', 0]]), NOW)).toEqual(new Map());
  expect(pagesRead()).toBe(0);
  await oldestWaiting({ list }, new Map([['main', 90]]), NOW);
  expect(pagesRead()).toBe(1);
});

test('says that there may be older ones when it has read enough', async () => {
  const { log } = await aLog({ main: 250 });
  const list: MemoryTaskLog['list'] = async (query) => ({
    ...(await log.list(query)),
    recordsRead: 2000,
  });

  const found = await oldestWaiting({ list }, new Map([['main', 250]]), NOW);

  expect(found.get('main')).toMatchObject({ isCertain: false });
});

test('a queue whose messages have no records has no known age', async () => {
  const { list } = await aLog({ main: 1 });

  const found = await oldestWaiting({ list }, new Map([['slow', 4]]), NOW);

  expect(found).toEqual(new Map());
});
