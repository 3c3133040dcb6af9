import { describe, expect, test } from 'vitest';
import { encodeTask } from '../../shared/task/message.ts';
import { aDeadLetterWorld } from '../support/a-dead-letter-world.ts';
import { claimed, done } from '../support/task-log-harness.ts';

const NOTHING = { redriven: 0, settled: 0, purged: 0, left: [], missing: [] };

describe('redriving dead letters', () => {
  test('runs their tasks again and removes the dead letters', async () => {
    const { log, deadTask, redrive, work, runs, count } = aDeadLetterWorld();
    const tasks = [await deadTask({ owner: 'ann' }), await deadTask()];

    expect(await redrive()).toEqual({ ...NOTHING, redriven: 2 });

    expect(await log.countByStatus()).toEqual({ enqueued: 2 });
    expect(await count()).toBe(0);
    await work();
    expect(runs.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
    expect(await log.get(tasks[0]?.id ?? '')).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('takes only those that are meant', async () => {
    const { deadTask, redrive, count } = aDeadLetterWorld();
    const [one] = [await deadTask(), await deadTask(), await deadTask({ name: 'other' })];

    expect(await redrive({ ids: [one?.id ?? '', 'unknown'] })).toEqual({
      ...NOTHING,
      redriven: 1,
      missing: ['unknown'],
    });
    expect(await redrive({ name: 'other' })).toMatchObject({ redriven: 1 });
    expect(await count()).toBe(1);
  });

  test('takes no more than it may, and as many as there are', async () => {
    const { deadTask, redrive, count } = aDeadLetterWorld();
    for (let left = 35; left > 0; left--) await deadTask();

    expect(await redrive({ limit: 12 })).toMatchObject({ redriven: 12 });
    expect(await count()).toBe(23);
    expect(await redrive()).toMatchObject({ redriven: 23 });
  });

  test('refuses what is no task, says why, and leaves it there', async () => {
    const { dead, redrive, count } = aDeadLetterWorld();
    await dead.publish([{ body: 'not a task' }]);

    const { left } = await redrive();

    expect(left).toMatchObject([{ why: 'it is not a task: the message is not JSON' }]);
    expect(await count()).toBe(1);
  });

  test('leaves a task alone that a worker has, and that somebody has put aside', async () => {
    const { log, aGreeting, bury, deadTask, redrive, count, clock } = aDeadLetterWorld();
    const running = aGreeting();
    const archived = await deadTask();
    await log.archive(archived.id);
    await bury(running);
    clock.advance(60);
    await claimed(log, running);

    const { left } = await redrive();

    expect(left.map(({ why }) => why).toSorted()).toEqual([
      'a worker has its task; try again when that has ended',
      'its task was archived; purge the dead letter, or retry the task',
    ]);
    expect(await count()).toBe(2);
  });

  test('drops the dead letter of a task that has completed since', async () => {
    const { log, aGreeting, bury, redrive, count, main } = aDeadLetterWorld();
    const task = aGreeting();
    await bury(task);
    await log.finish(await claimed(log, task), done);

    expect(await redrive()).toEqual({ ...NOTHING, settled: 1 });

    expect(await count()).toBe(0);
    expect(await main.depth()).toMatchObject({ waiting: 0 });
  });

  test('runs a task once of which there are two dead letters', async () => {
    const { bury, deadTask, redrive, work, runs, count, main } = aDeadLetterWorld();
    const task = await deadTask();
    await bury(task);

    await redrive();

    // A second message would try again at once what failed, without its backoff.
    expect(await main.depth()).toMatchObject({ waiting: 1 });

    await work();
    expect(runs).toEqual([task.id]);
    expect(await count()).toBe(0);
  });

  test.each(['enqueued', 'running', 'expired'])(
    'runs a task whose message SQS itself gave up on while its record was %s',
    async (state) => {
      const { log, dead, aGreeting, redrive, work, runs, clock } = aDeadLetterWorld();
      const task = aGreeting();
      if (state === 'enqueued') await log.recordEnqueued(task, 'main');
      if (state === 'running') await claimed(log, task);
      await dead.publish([{ body: encodeTask(task) }]);
      clock.advance(60);

      expect(await redrive()).toMatchObject({ redriven: 1 });

      await work();
      expect(runs).toEqual([task.id]);
      expect(await log.getSummary(task.id)).toMatchObject({ status: 'completed', attempt: 1 });
    },
  );

  test('does not run tasks again and again that fail at once', async () => {
    const { deadTask, redrive, work, runs, failed, dead } = aDeadLetterWorld();
    await deadTask();
    const ack = dead.ack.bind(dead);
    dead.ack = async (letters) => {
      await work(failed);
      return ack(letters);
    };

    const { redriven, left } = await redrive();

    expect(redriven).toBe(1);
    expect(left).toMatchObject([{ why: 'this command has redriven its task already' }]);
    expect(runs).toHaveLength(1);
  });
});

describe.each([
  ['after a task is reopened', 1],
  ['after both are reopened', 2],
  ['after both are sent', 3],
  ['before it says so', 4],
])('a redrive that dies %s', (_case, writes) => {
  test.each([
    ['at once', undefined],
    ['after the tasks have run', 'completed'],
    ['after the tasks have failed again', 'failed'],
  ])('and is repeated %s loses nothing and runs nothing twice', async (_when, meanwhile) => {
    const { log, deadTask, redrive, work, runs, count, failed } = aDeadLetterWorld();
    const tasks = [await deadTask(), await deadTask()];
    await redrive({}, writes).catch(() => undefined);
    if (meanwhile === 'completed') await work();
    if (meanwhile === 'failed') await work(failed);
    if (meanwhile === 'failed') runs.splice(0);

    expect(await redrive()).toMatchObject({ left: [] });

    await work();
    expect(await log.countByStatus()).toEqual({ completed: 2 });
    expect(runs.toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
    expect(await count()).toBe(0);
  });
});

describe('purging dead letters', () => {
  test('lets them go, and their tasks stay failed', async () => {
    const { log, dead, deadTask, purge, count } = aDeadLetterWorld();
    await deadTask();
    await dead.publish([{ body: 'not a task' }]);

    expect(await purge()).toEqual({ ...NOTHING, purged: 2 });

    expect(await count()).toBe(0);
    expect(await log.countByStatus()).toEqual({ failed: 1 });
  });

  test('cancels a task of which SQS itself gave up the only message', async () => {
    const { log, dead, aGreeting, purge, clock } = aDeadLetterWorld();
    const [waiting, abandoned] = [aGreeting(), aGreeting()];
    await log.recordEnqueued(waiting, 'main');
    await claimed(log, abandoned);
    await dead.publish([waiting, abandoned].map((task) => ({ body: encodeTask(task) })));
    clock.advance(60);

    expect(await purge()).toMatchObject({ purged: 2 });

    expect(await log.countByStatus()).toEqual({ cancelled: 2 });
  });

  test('does not stop a task that was redriven by another dead letter', async () => {
    const { log, bury, deadTask, redrive, purge, work, runs } = aDeadLetterWorld();
    const task = await deadTask();
    await redrive();
    await bury(task);

    expect(await purge()).toMatchObject({ purged: 1, left: [] });

    await work();
    expect(runs).toEqual([task.id]);
    expect(await log.getSummary(task.id)).toMatchObject({ status: 'completed' });
  });

  test('leaves the dead letter of a task that a worker has', async () => {
    const { log, dead, aGreeting, purge, clock, count } = aDeadLetterWorld();
    const task = aGreeting();
    await dead.publish([{ body: encodeTask(task) }]);
    clock.advance(60);
    await claimed(log, task);

    expect(await purge()).toMatchObject({ purged: 0, left: [{ why: 'a worker has its task' }] });

    expect(await count()).toBe(1);
  });

  test('that dies in the middle is finished by its repetition', async () => {
    const { log, dead, aGreeting, purge, count } = aDeadLetterWorld();
    const task = aGreeting();
    await log.recordEnqueued(task, 'main');
    await dead.publish([{ body: encodeTask(task) }]);
    await purge({}, 1).catch(() => undefined);

    expect(await purge()).toMatchObject({ purged: 1 });

    expect(await log.countByStatus()).toEqual({ cancelled: 1 });
    expect(await count()).toBe(0);
  });
});
