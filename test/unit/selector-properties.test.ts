import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StrategyName } from '../../shared/config/config.ts';
import type { SelectableQueue } from '../../shared/selector/selector-strategy.ts';
import { aSelector, queue } from '../support/selectable-queues.ts';
import { anyTrace, type SelectionTrace, TracedQueues } from '../support/selection-trace.ts';
import { aMix, slotTimes } from '../support/slot-times.ts';

const STRATEGIES = ['weighted', 'weighted-time', 'weighted-random', 'strict-priority'] as const;

/** Chance that is the same in each run of a trace. */
function chance(): () => number {
  let state = 0;
  return () => {
    state = (state + 0.618033988749895) % 1;
    return state;
  };
}

/** The choices of a trace, each with the queues as they were. Every task runs for 20 ms. */
function choicesOf(
  name: StrategyName,
  trace: SelectionTrace,
  seenAs: (queues: readonly SelectableQueue[], step: number) => readonly SelectableQueue[] = (
    queues,
  ) => queues,
) {
  let now = 0;
  const selector = aSelector(name, { now: () => now, random: chance() });
  const queues = new TracedQueues(trace);
  return trace.steps.flatMap((step, index) => {
    queues.take(step);
    return Array.from({ length: step.selections }, () => {
      const all = [...queues.all];
      const chosen = selector.select(seenAs(all, index));
      now += 20;
      if (chosen !== undefined) selector.ended({ queue: chosen, runSeconds: 0.02 });
      return { all, chosen };
    });
  });
}

const step = (at: number, becomes: 'ready' | 'empty', selections: number) => ({
  queue: at,
  becomes,
  weight: undefined,
  selections,
});

/** The present moves back when the heavier queue leaves, which must not owe more because of that. */
const LEAVES_OTHERS_BEHIND: SelectionTrace = {
  weights: [653, 12, 2675],
  tiers: [0, 0, 0],
  steps: [step(0, 'ready', 11), step(1, 'ready', 5), step(0, 'empty', 0)],
};

/** Selections while every queue has tasks, after any history in which queues had some and had none. */
function afterHistory(trace: SelectionTrace) {
  const { select } = aSelector('weighted');
  const queues = new TracedQueues(trace);
  const served = new Set<string>();
  for (const step of trace.steps) {
    queues.take(step);
    for (let count = 0; count < step.selections; count++) served.add(select(queues.all) ?? '');
  }
  const all = queues.fill();
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const lightest = Math.min(...all.map(({ weight }) => weight));
  const length = Math.min(Math.ceil((4 * total) / lightest) + 1, 1000);
  const joined = queues.all.filter(({ ready, name }) => !ready && !served.has(name));
  return { all, total, joined, choices: Array.from({ length }, () => select(all)) };
}

/** How many selections apart the turns of a queue are, the first from the beginning and the last to the end. */
function gapsOf(name: string, choices: readonly (string | undefined)[]): number[] {
  const turns = choices.flatMap((chosen, at) => (chosen === name ? [at + 1] : []));
  return [...turns, choices.length].map((turn, index) => turn - (turns[index - 1] ?? 0));
}

const longestGap = (...args: Parameters<typeof gapsOf>): number => Math.max(...gapsOf(...args));

describe('weighted, after any history', () => {
  test('no queue is ever two tasks from its share of the turns since all have tasks', () => {
    fc.assert(
      fc.property(anyTrace(), (trace) => {
        const { all, total, choices } = afterHistory(trace);
        const counts = new Map<string | undefined, number>();
        let worst = 0;
        for (const [index, chosen] of choices.entries()) {
          counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
          for (const { name, weight } of all) {
            const due = ((index + 1) * weight) / total;
            worst = Math.max(worst, Math.abs((counts.get(name) ?? 0) - due));
          }
        }

        expect(worst).toBeLessThan(2);
      }),
      { examples: [[LEAVES_OTHERS_BEHIND]] },
    );
  });

  test('no ready queue of weight w waits for 2 W/w + 1 selections', () => {
    fc.assert(
      fc.property(anyTrace(), (trace) => {
        const { all, total, choices } = afterHistory(trace);
        for (const { name, weight } of all) {
          expect(longestGap(name, choices)).toBeLessThan((2 * total) / weight + 1);
        }
      }),
    );
  });

  test('nor for 2 W/w, if all queues had tasks from the beginning', () => {
    fc.assert(
      fc.property(anyTrace(), (trace) => {
        const { all, total, choices } = afterHistory({ ...trace, steps: [] });
        for (const { name, weight } of all) {
          expect(longestGap(name, choices)).toBeLessThan((2 * total) / weight);
        }
      }),
    );
  });

  test('a queue that had no task before is served within W/w + 1 selections', () => {
    fc.assert(
      fc.property(anyTrace(), (trace) => {
        const { joined, total, choices } = afterHistory(trace);
        for (const { name, weight } of joined) {
          const most = total / weight + 1;
          expect(gapsOf(name, choices)[0]).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});

describe.each(STRATEGIES)('%s, in any trace', (name) => {
  const trace = anyTrace({
    becomes: ['ready', 'ready', 'empty', 'late'],
    reweighs: true,
    tiers: 3,
  });

  test('an idle queue, however heavy, changes no choice', () => {
    fc.assert(
      fc.property(trace, fc.integer({ min: 1, max: 1_000_000 }), fc.nat(8), (any, weight, at) => {
        const withIdle = choicesOf(name, any, (queues, step) => {
          const more = { ready: false, idle: true, tier: step % 3, emptied: step };
          return queues.toSpliced(at, 0, queue('idle', weight, more));
        });
        const without = choicesOf(name, any);

        expect(withIdle.map(({ chosen }) => chosen)).toEqual(without.map(({ chosen }) => chosen));
      }),
    );
  });

  test('a slot goes to a ready queue of the highest tier that has one', () => {
    fc.assert(
      fc.property(trace, (any) => {
        for (const { all, chosen } of choicesOf(name, any)) {
          const ready = all.filter((each) => each.ready);
          const tier = Math.max(...ready.map((each) => each.tier));
          const mayGo = ready.filter((each) => each.tier === tier);

          expect(mayGo.some((each) => each.name === chosen)).toBe(mayGo.length > 0);
        }
      }),
    );
  });
});

test('strict-priority never passes over a ready queue that is heavier, or of a higher tier', () => {
  fc.assert(
    fc.property(anyTrace({ tiers: 2, reweighs: true }), (any) => {
      for (const { all, chosen } of choicesOf('strict-priority', any)) {
        const ready = all.filter((each) => each.ready);
        const [first] = ready.sort((a, b) => b.tier - a.tier || b.weight - a.weight);

        expect(ready.find(({ name }) => name === chosen)?.weight).toBe(first?.weight);
      }
    }),
  );
});

test('weighted-time counts every second of a slot once, of long tasks and of those that never came', () => {
  const mixes = fc.array(aMix, { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(mixes, fc.integer({ min: 1, max: 10 }), fc.nat(), (all, slots, seed) => {
      const used = slotTimes(all, slots, seed);
      const total = used.reduce((sum, ms) => sum + ms, 0);
      const weights = all.reduce((sum, { weight }) => sum + weight, 0);
      const longest = Math.max(
        ...all.map(({ long, longMs, shortMs }) => (long ? longMs : shortMs)),
      );
      for (const [at, { weight }] of all.entries()) {
        const error = Math.abs((used[at] ?? 0) - (total * weight) / weights);
        expect(error).toBeLessThan(2 * slots * longest);
      }
    }),
    { numRuns: 40 },
  );
});
