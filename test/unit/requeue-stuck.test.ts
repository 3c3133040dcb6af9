import { describe, expect, test } from 'vitest';
import { offloadParameters } from '../../shared/files/payloads.ts';
import { summarizeStuck } from '../../shared/task-log/waiting-tasks.ts';
import { aStuckWorld } from '../support/a-stuck-world.ts';
import { aTask } from '../support/a-task.ts';
import { claimed } from '../support/task-log-harness.ts';

const THREE_DIGITS = 120;

describe('a restart of stuck tasks', () => {
  test('sends them again under their ids, with all they were given, and they run once', async () => {
    const { log, orphan, restart, work, runs, anHourLater } = aStuckWorld();
    const parent = await orphan({ owner: 'ann', masterStatus: true });
    const child = await orphan({ owner: 'ann', parentId: parent.id }, 'fast');
    anHourLater();

    expect(await restart()).toEqual({ total: 2, restarted: 2, movedOn: 0, errors: [] });

    await work();
    expect(runs.toSorted()).toEqual([parent.id, child.id].toSorted());
    expect(await log.get(child.id)).toMatchObject({ ...child, status: 'completed', queue: 'fast' });
  });

  test('restarts as many as there are, or as it may', async () => {
    const { orphan, restart, main, anHourLater } = aStuckWorld();
    for (let count = 0; count < THREE_DIGITS; count++) await orphan();
    anHourLater();

    expect(await restart({}, { limit: 5 })).toMatchObject({ total: 5, restarted: 5 });
    expect(await restart()).toMatchObject({ total: THREE_DIGITS - 5 });
    expect(await main.depth()).toMatchObject({ waiting: THREE_DIGITS });
  });

  test('leaves alone what is young, waits for its delay, runs, or has another name or queue', async () => {
    const { log, orphan, restart, anHourLater, clock } = aStuckWorld();
    await orphan({ name: 'other' });
    await orphan({}, 'fast');
    anHourLater();
    const delayed = await orphan();
    await log.requeue(await claimed(log, delayed), { usesAttempt: true, delaySeconds: 40_000 });
    await claimed(log, await orphan());
    clock.advance(30);
    await orphan();
    clock.advance(100);

    // 180 s are the least, whatever is asked for.
    expect(await restart({ queues: ['main'], ageSeconds: 0 })).toMatchObject({ total: 0 });
  });

  test('restarts a task whose worker died, when asked for', async () => {
    const { log, orphan, restart, work, runs, anHourLater } = aStuckWorld();
    const task = await orphan();
    await claimed(log, task);
    anHourLater();

    expect(await restart()).toMatchObject({ total: 0 });
    expect(await restart({ statuses: ['running'] })).toMatchObject({ restarted: 1 });

    await work();
    expect(runs).toEqual([task.id]);
  });

  test('does not restart at once what it has just restarted', async () => {
    const { orphan, restart, anHourLater } = aStuckWorld();
    await orphan();
    anHourLater();
    await restart();

    expect(await restart()).toMatchObject({ total: 0 });
    anHourLater();
    expect(await restart()).toMatchObject({ total: 1 });
  });

  test('is harmless to a task whose message was only late', async () => {
    const { log, orphan, restart, work, runs, anHourLater } = aStuckWorld();
    const task = await orphan();
    anHourLater();
    await restart();
    anHourLater();
    await restart();
    await work();

    expect(runs).toEqual([task.id]);
    expect(await log.getSummary(task.id)).toMatchObject({ status: 'completed', attempt: 1 });
  });

  test('finds a queue for tasks of one that is no longer configured', async () => {
    const { orphan, restart, main, fast, anHourLater } = aStuckWorld();
    await orphan({}, 'gone');
    await orphan({ parameters: { whom: 'queue:fast' } }, 'gone');
    anHourLater();

    expect(await restart()).toMatchObject({ restarted: 2 });

    expect(await main.depth()).toMatchObject({ waiting: 1 });
    expect(await fast.depth()).toMatchObject({ waiting: 1 });
  });

  test('runs a task of a sync queue', async () => {
    const broker = { type: 'memory' };
    const { orphan, restart, runs, anHourLater } = aStuckWorld({
      queues: [{ name: 'main', weight: 1, broker }],
    });
    const task = await orphan();
    anHourLater();

    expect(await restart()).toMatchObject({ restarted: 1 });

    expect(runs).toEqual([task.id]);
  });

  test('names each task that cannot be restarted, and restarts the others', async () => {
    const { files, orphan, restart, anHourLater } = aStuckWorld();
    const large = aTask({ name: 'greet', parameters: { whom: 'x'.repeat(10) } });
    const kept = await orphan(await offloadParameters(large, files));
    const lost = await orphan({ parameters: null, parametersAt: 'payloads/gone' });
    const unknown = await orphan({ name: 'old' }, 'gone');
    anHourLater();

    const { restarted, errors } = await restart({ names: ['greet', 'old'] });

    expect(kept.parametersAt).toBeDefined();
    expect(restarted).toBe(1);
    expect(errors.map(({ id }) => id).toSorted()).toEqual([lost.id, unknown.id].toSorted());
    expect(errors.map(({ message }) => message).join()).toContain('not in the file store');
  });

  test.each([
    ['after a task is readied', 1],
    ['after both are readied', 2],
    ['after the message of one is sent', 3],
    ['after both messages are sent', 4],
    ['after one is recorded', 5],
    ['before it says so', 6],
  ])('that dies %s and is repeated loses nothing and runs nothing twice', async (_case, writes) => {
    for (const isWorkDoneBetween of [false, true]) {
      const { orphan, restart, work, runs, anHourLater } = aStuckWorld();
      const [one, two] = [await orphan(), await orphan({}, 'fast')];
      anHourLater();
      await restart({}, {}, writes).catch(() => undefined);
      if (isWorkDoneBetween) await work();

      expect((await restart()).errors).toEqual([]);

      await work();
      expect(runs.toSorted()).toEqual([one.id, two.id].toSorted());
    }
  });
});

test('a summary counts stuck tasks by name, queue and status, and says since when', async () => {
  const { log, orphan, anHourLater, clock } = aStuckWorld();
  const since = new Date(clock.now()).toISOString();
  await orphan();
  clock.advance(60);
  await orphan();
  await orphan({}, 'fast');
  anHourLater();
  const query = { ageSeconds: 300 };

  const { total, groups } = await summarizeStuck(log, query, clock.now());

  expect(total).toBe(3);
  expect(groups[0]).toEqual({
    name: 'greet',
    queue: 'main',
    status: 'enqueued',
    tasks: 2,
    waitingSince: since,
  });
});
