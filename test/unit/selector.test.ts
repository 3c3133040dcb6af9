import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SelectableQueue } from '../../shared/selector/selector-strategy.ts';
import { aSelector, counts, queue, THREE } from '../support/selectable-queues.ts';

/** How far any queue is from its exact share, in tasks, after any of so many selections. */
function worstError(queues: readonly SelectableQueue[], selections: number): number {
  const { select } = aSelector('weighted');
  const total = queues.reduce((sum, { weight }) => sum + weight, 0);
  const served = new Map<string | undefined, number>();
  let worst = 0;
  for (let selection = 1; selection <= selections; selection++) {
    const chosen = select(queues);
    served.set(chosen, (served.get(chosen) ?? 0) + 1);
    for (const { name, weight } of queues) {
      const error = Math.abs((served.get(name) ?? 0) - (selection * weight) / total);
      worst = Math.max(worst, error);
    }
  }
  return worst;
}

describe('weighted', () => {
  const fresh = () => aSelector('weighted').select;

  test('90/30/10 gives exactly 9, 3 and 1 of every 13 tasks', () => {
    const select = fresh();

    for (let round = 0; round < 100; round++) {
      expect(counts(select, THREE, 13)).toEqual({ priority: 9, standard: 3, background: 1 });
    }
  });

  test('a queue of the weight 2 gets two thirds beside a queue of the weight 1', () => {
    expect(counts(fresh(), [queue('a', 1), queue('b', 2)], 300)).toEqual({ a: 100, b: 200 });
  });

  test.each([
    ['90/30/10', [90, 30, 10]],
    ['13 and 13 times 1', [13, ...Array.from({ length: 13 }, () => 1)]],
    ['1000 and 499 times 1', [1000, ...Array.from({ length: 499 }, () => 1)]],
    ['1000/1000/1', [1000, 1000, 1]],
  ])('with %s every queue is less than one task from its share, after every task', (_case, all) => {
    const queues = all.map((weight, index) => queue(`q${index}`, weight));

    expect(worstError(queues, 3000)).toBeLessThan(1);
  });

  test('any weights from 1 to 1,000,000 leave every queue less than one task from its share', () => {
    const anyWeight = fc.oneof(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 9 }),
    );
    const many = fc.array(anyWeight, { minLength: 2, maxLength: 60 });
    fc.assert(
      fc.property(many, (all) => {
        const queues = all.map((weight, index) => queue(`q${index}`, weight));
        expect(worstError(queues, 1000)).toBeLessThan(1);
      }),
    );
  });

  test('only ready queues are chosen, and always one when there is any', () => {
    const state = fc.record({ weight: fc.integer({ min: 1, max: 100 }), ready: fc.boolean() });
    fc.assert(
      fc.property(fc.array(fc.array(state, { minLength: 3, maxLength: 3 })), (history) => {
        const select = fresh();
        for (const states of history) {
          const queues = states.map(({ weight, ready }, index) =>
            queue(`q${index}`, weight, { ready, idle: !ready }),
          );
          const chosen = select(queues);
          const isReady = queues.find(({ name }) => name === chosen)?.ready;
          expect(isReady ?? false).toBe(queues.some(({ ready }) => ready));
        }
      }),
    );
  });

  test('a queue that was idle for long saves up nothing to shut the others out with', () => {
    const select = fresh();
    const idle = [queue('heavy', 90, { ready: false, idle: true }), queue('light', 10)];
    counts(select, idle, 10_000);

    const served = counts(select, [queue('heavy', 90), queue('light', 10)], 100);

    expect(served['light']).toBeGreaterThanOrEqual(9);
  });

  test('a queue whose buffer only ran dry catches up on what it missed', () => {
    const select = fresh();
    const dry = [queue('heavy', 90, { ready: false }), queue('light', 10)];
    const missed = counts(select, dry, 5);

    const served = counts(select, [queue('heavy', 90), queue('light', 10)], 95);

    expect(missed).toEqual({ light: 5 });
    expect(served['heavy']).toBeGreaterThanOrEqual(89);
  });

  test('the first task of a queue that was idle goes next when it is the heaviest', () => {
    const select = fresh();
    const quiet = [queue('priority', 90, { ready: false, idle: true }), queue('background', 10)];
    counts(select, quiet, 1000);

    expect(select([queue('priority', 90), queue('background', 10)])).toBe('priority');
  });

  test('new weights apply from the next task on', () => {
    const select = fresh();
    counts(select, [queue('a', 1), queue('b', 1)], 1000);

    const served = counts(select, [queue('a', 3), queue('b', 1)], 400);

    expect(served['a']).toBeGreaterThanOrEqual(299);
    expect(served['a']).toBeLessThanOrEqual(301);
  });
});

describe('weighted-time', () => {
  test('the time of the slots, not the number of tasks, is shared by weight', () => {
    let now = 0;
    const selector = aSelector('weighted-time', { now: () => now });
    const seconds = { priority: 0.1, standard: 1, background: 10 };
    const time: Record<string, number> = { priority: 0, standard: 0, background: 0 };

    for (let index = 0; index < 20_000; index++) {
      const name = selector.select(THREE) as keyof typeof seconds;
      time[name] = (time[name] ?? 0) + seconds[name];
      now += seconds[name] * 1000;
      selector.ended({ queue: name, runSeconds: seconds[name] });
    }

    const total = Object.values(time).reduce((sum, value) => sum + value, 0);
    expect((time['priority'] ?? 0) / total).toBeCloseTo(90 / 130, 1);
    expect((time['standard'] ?? 0) / total).toBeCloseTo(30 / 130, 1);
    expect((time['background'] ?? 0) / total).toBeCloseTo(10 / 130, 1);
  });

  test('one task of an hour does not shut its queue out', () => {
    let now = 0;
    const selector = aSelector('weighted-time', { now: () => now });
    const serve = (runSeconds: number): string => {
      const queue = selector.select(THREE) ?? '';
      now += runSeconds * 1000;
      selector.ended({ queue, runSeconds });
      return queue;
    };
    for (let index = 0; index < 130; index++) serve(1);

    while (serve(3600) !== 'priority');
    const served = Array.from({ length: 1000 }, () => serve(1));

    expect(served.filter((queue) => queue === 'priority').length).toBeGreaterThan(100);
  });

  test('tasks that end within the same millisecond are shared by weight', () => {
    const selector = aSelector('weighted-time');
    const served = counts(
      (queues) => {
        const queue = selector.select(queues) ?? '';
        selector.ended({ queue, runSeconds: 0 });
        return queue;
      },
      THREE,
      1300,
    );

    // The first few turns are taken before any cost is known.
    expect(served['background']).toBeGreaterThan(80);
    expect(served['priority']).toBeGreaterThan(850);
  });

  test('before any task has ended, tasks are shared by weight', () => {
    const { select } = aSelector('weighted-time');

    expect(counts(select, THREE, 13)).toEqual({ priority: 9, standard: 3, background: 1 });
  });
});

describe('weighted-random', () => {
  test('each queue is drawn in proportion to its weight', () => {
    let seed = 0;
    // A low-discrepancy sequence instead of chance, so that the test cannot fail by bad luck.
    const { select } = aSelector('weighted-random', {
      random: () => {
        seed = (seed + 0.618033988749895) % 1;
        return seed;
      },
    });

    const served = counts(select, THREE, 13_000);

    expect(served['priority']).toBeGreaterThan(8950);
    expect(served['standard']).toBeGreaterThan(2950);
    expect(served['background']).toBeGreaterThan(950);
  });

  test('a queue without tasks is never drawn', () => {
    const queues = [queue('priority', 90, { ready: false, idle: true }), queue('background', 10)];

    expect(counts(aSelector('weighted-random').select, queues, 100)).toEqual({
      background: 100,
    });
  });
});

describe('strict-priority', () => {
  const { select } = aSelector('strict-priority');

  test('the heaviest queue that has a task goes first, task after task', () => {
    expect(counts(select, THREE, 50)).toEqual({ priority: 50 });
    expect(select(THREE.slice(1))).toBe('standard');
  });

  test('queues of the same weight go in the order of the configuration', () => {
    expect(select([queue('b', 5), queue('a', 5)])).toBe('b');
  });
});

test.each(['weighted', 'weighted-time', 'weighted-random', 'strict-priority'] as const)(
  '%s chooses nothing when no queue is ready',
  (name) => {
    const empty = THREE.map((each) => ({ ...each, ready: false, idle: true }));

    expect(aSelector(name).select(empty)).toBeUndefined();
  },
);
