import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { enqueueOnce } from '../../shared/dispatcher/enqueue-once.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { ANN, aDispatcher, BrokenBroker, BrokenLog } from '../support/a-dispatcher.ts';
import { aWorld, BEN, FAST, idsOf, KEY } from '../support/a-world.ts';

describe('a request with a key whose process dies', () => {
  const TASKS = [ANN, BEN, FAST];

  test.each([
    ['after the key is stored', 1],
    ['after some messages are sent', 2],
    ['after all messages are sent', 3],
    ['after one task is recorded', 4],
    ['after all but one are recorded', 5],
    ['before it answers', 6],
  ])('%s is finished by its repetition, and each task runs once', async (_case, writes) => {
    for (const workBetween of [false, true]) {
      const { enqueue, work, log, runs } = aWorld();
      await enqueue(TASKS, writes).catch(() => undefined);
      if (workBetween) await work();

      const second = await enqueue(TASKS);
      const third = await enqueue(TASKS);

      expect(third).toEqual({ answers: second.answers, isReplay: true });
      await work();
      expect(runs.toSorted()).toEqual(idsOf(second).toSorted());
      expect((await log.list({ limit: 10 })).tasks).toHaveLength(TASKS.length);
    }
  });

  test('again and again, with workers in between, still makes each task once', async () => {
    const step = fc.record({ writes: fc.integer({ min: 1, max: 7 }), work: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
        const { enqueue, work, runs } = aWorld();
        for (const { writes, work: isWorkDone } of steps) {
          await enqueue(TASKS, writes).catch(() => undefined);
          if (isWorkDone) await work();
        }

        const last = await enqueue(TASKS);
        await work();

        expect(runs.toSorted()).toEqual(idsOf(last).toSorted());
      }),
    );
  });
});

test('two requests with one key at the same time make one task', async () => {
  const { enqueue, work, runs } = aWorld();

  const [one, other] = await Promise.all([enqueue([ANN]), enqueue([ANN])]);

  expect(other.answers).toEqual(one.answers);
  await work();
  expect(runs).toEqual(idsOf(one));
});

test('a repetition sends what the broker had refused', async () => {
  const { log, keys } = aWorld();
  const enqueueWith = (broker: MemoryBroker) => {
    const { dispatcher } = aDispatcher({ broker, deps: { log } });
    return enqueueOnce(KEY, [ANN, FAST], { dispatcher, log, keys });
  };

  const first = await enqueueWith(new BrokenBroker());
  const working = new MemoryBroker();
  const second = await enqueueWith(working);

  expect(first.answers).toMatchObject([{ code: 'BROKER_UNAVAILABLE' }, { queue: 'fast' }]);
  expect(second).toMatchObject({ answers: [{ queue: 'main' }, first.answers[1]], isReplay: false });
  expect(await working.depth()).toMatchObject({ waiting: 1 });
});

test('a task that could not be recorded is sent again: its claim tells the two messages apart', async () => {
  const { main, keys, log, enqueue, work, runs } = aWorld();
  const brokers = new Map([['main', main]]);
  const { dispatcher } = aDispatcher({ deps: { log: new BrokenLog(), brokers } });
  const first = await enqueueOnce(KEY, [ANN], { dispatcher, log, keys });

  const second = await enqueue([ANN]);

  expect(second.answers).toEqual(first.answers);
  expect(await main.depth()).toMatchObject({ waiting: 2 });
  await work();
  expect(runs).toEqual(idsOf(first));
});
