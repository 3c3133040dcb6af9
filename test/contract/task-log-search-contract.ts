import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newTaskId } from '../../shared/ids.ts';
import type { ListQuery } from '../../shared/task-log/task-log.ts';
import { stuckTasks } from '../../shared/task-log/waiting-tasks.ts';
import { aTask } from '../support/a-task.ts';
import {
  anyFilter,
  anyTask,
  expectedIds,
  idsOnAllPages,
  recordTask,
} from '../support/searchable-tasks.ts';
import { claimed, done, type TaskLogHarness } from '../support/task-log-harness.ts';

const someTasks = fc.array(anyTask, { maxLength: 30 });
const fewTasks = fc.array(anyTask, { maxLength: 4 });
const anyOrder = fc.constantFrom('newest', 'oldest');
const anyLimit = fc.integer({ min: 1, max: 7 });
const DAY_SECONDS = 86_400;

/** Tests what every task log promises to those who search it. */
export function describeTaskLogSearch(createHarness: () => Promise<TaskLogHarness>): void {
  describe('a search', () => {
    test('shows what was there exactly once and in order, whatever is added meanwhile', async () => {
      const anySearch = fc.record({
        filter: anyFilter,
        order: anyOrder,
        limit: anyLimit,
        late: fewTasks,
      });
      const anySearches = fc.array(anySearch, { minLength: 6, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(someTasks, anySearches, async (tasks, searches) => {
          const harness = await createHarness();
          const recorded = [...tasks];
          for (const task of tasks) await recordTask(harness, task);

          for (const { filter, order, limit, late } of searches) {
            const expected = expectedIds(recorded, filter, order);
            const lateIds = late.map(({ task }) => task.id);
            const toCome = [...late];
            const ids = await idsOnAllPages(
              (query) => harness.log.list(query),
              { ...filter, order, limit },
              async () => {
                const task = toCome.pop();
                if (!task) return;
                recorded.push(task);
                await recordTask(harness, task);
              },
            );

            expect(ids.filter((id) => !lateIds.includes(id))).toEqual(expected);
            expect(new Set(ids).size).toBe(ids.length);
          }
        }),
        { numRuns: 12 },
      );
    }, 60_000);

    test('counts, visits and skips what it would list', async () => {
      const anySearch = fc.record({
        filter: anyFilter,
        order: anyOrder,
        limit: anyLimit,
        offset: fc.nat({ max: 12 }),
      });
      const anySearches = fc.array(anySearch, { minLength: 6, maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(someTasks, anySearches, async (tasks, searches) => {
          const harness = await createHarness();
          const { log } = harness;
          for (const task of tasks) await recordTask(harness, task);

          for (const { filter, order, limit, offset } of searches) {
            const expected = expectedIds(tasks, filter, order);
            const visited: string[] = [];
            const { count } = await log.count(filter);
            await log.visit(filter, ['id'], ({ id }) => visited.push(id));
            const page = await log.list({ ...filter, order, limit, offset });

            expect(count).toBe(expected.length);
            expect(visited.sort()).toEqual(expected.toSorted());
            expect(page.tasks.map(({ id }) => id)).toEqual(expected.slice(offset, offset + limit));
          }
        }),
        { numRuns: 12 },
      );
    }, 60_000);

    test('goes on from a page that was skipped to', async () => {
      const { log } = await createHarness();
      const tasks = Array.from({ length: 9 }, () => aTask());
      for (const task of tasks) await log.recordEnqueued(task, 'priority');

      const { next } = await log.list({ limit: 2, offset: 5 });
      const rest = await log.list({ limit: 10, cursor: next });

      const ids = tasks.map(({ id }) => id).reverse();
      expect(rest.tasks.map(({ id }) => id)).toEqual(ids.slice(7));
    });

    test.each<[string, Partial<ListQuery>]>([
      ['in the other order', { order: 'oldest' }],
      ['with another filter', { statuses: ['enqueued'] }],
      ['with a filter less', { queues: undefined }],
      ['for somebody else', { owner: 'ben' }],
    ])('refuses a cursor %s', async (_case, change) => {
      const { log } = await createHarness();
      for (let index = 0; index < 3; index++) await log.recordEnqueued(aTask(), 'priority');
      const query = { queues: ['priority', 'standard'], limit: 1 };
      const { next: cursor } = await log.list(query);

      await expect(log.list({ ...query, cursor, ...change })).rejects.toMatchObject({
        code: 'CURSOR_INVALID',
      });
      // But neither the size of the page nor the order of the names is what a list shows.
      const again = { ...query, cursor, limit: 2, queues: ['standard', 'priority'] };
      expect((await log.list(again)).tasks).toHaveLength(2);
    });

    test('finds the failures, undecodable messages among them', async () => {
      const { log, clock } = await createHarness();
      const tasks = Array.from({ length: 12 }, () => aTask());
      for (const task of tasks) {
        const claim = await claimed(log, task);
        await log.finish(claim, task === tasks[7] ? { ...done, status: 'failed' } : done);
      }
      const sentAt = clock.now() + 1000;
      await log.recordUndecodable({ messageId: 'm-1', sentAt, queue: 'main', reason: 'not JSON' });

      const { tasks: found } = await log.list({ statuses: ['failed', 'unknown'], limit: 10 });

      expect(found.map(({ status }) => status)).toEqual(['unknown', 'failed']);
      expect(found[1]?.id).toBe(tasks[7]?.id);
    });

    test('finds the tasks of some names that have been waiting for too long', async () => {
      const harness = await createHarness();
      const { log, clock } = harness;
      const start = Date.now();
      const stuck = aTask();
      for (const task of [stuck, aTask({ name: 'other' })]) {
        await log.recordEnqueued(task, 'priority');
      }
      await log.finish(await claimed(log, aTask()), done);
      clock.moveTo(start + 300_000);
      await log.recordEnqueued(aTask(), 'priority');

      const stuckFor = (seconds: number, now: number) =>
        log.list({
          ...stuckTasks({ names: [stuck.name], ageSeconds: seconds }, now),
          order: 'oldest',
          limit: 10,
        });
      const idsStuckFor = async (seconds: number, now: number) =>
        (await stuckFor(seconds, now)).tasks.map(({ id }) => id);

      expect(await idsStuckFor(240, start + 300_000)).toEqual([stuck.id]);
      expect(await idsStuckFor(360, start + 300_000)).toEqual([]);
      // Three minutes are nothing unusual, whatever is asked for.
      expect(await idsStuckFor(0, start + 170_000)).toEqual([]);
      // Its message is gone from SQS by then: its record restarts it.
      expect(await idsStuckFor(900, start + 15 * DAY_SECONDS * 1000)).toContain(stuck.id);
    });

    test('finds nothing where nothing can be, and does not fail', async () => {
      const { log } = await createHarness();
      await log.recordEnqueued(aTask(), 'priority');
      const nothing = { tasks: [] };

      expect(await log.list({ createdAfter: 2, createdBefore: 1, limit: 5 })).toMatchObject(
        nothing,
      );
      expect(await log.list({ createdBefore: 0, limit: 5 })).toMatchObject(nothing);
      expect(await log.list({ names: [], limit: 5 })).toMatchObject(nothing);
      expect(await log.list({ parentId: newTaskId(), limit: 5 })).toMatchObject(nothing);
    });
  });
}
