import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  heaviestOf,
  laneProblems,
  lanesOf,
  slotUse,
  startable,
} from '../../shared/config/lanes.ts';

const CONCURRENCY = 10;

const anyQueues = fc
  .array(
    fc.record({
      weight: fc.integer({ min: 1, max: 4 }),
      tier: fc.nat(1),
      paused: fc.constantFrom<boolean[]>(false, false, false, true),
      minSlots: fc.constantFrom<number[]>(0, 0, 1, 3),
      maxSlots: fc.constantFrom<number[]>(3, CONCURRENCY, CONCURRENCY),
    }),
    { minLength: 2, maxLength: 5 },
  )
  .map((all) => all.map((each, at) => ({ ...each, name: `q${at}` })))
  .filter((all) => laneProblems(all, CONCURRENCY).length === 0);

type Queue = typeof anyQueues extends fc.Arbitrary<(infer Each)[]> ? Each : never;

/** A task of a queue wants to start, or one that runs ends. */
const anySteps = fc.array(
  fc.record({ queue: fc.nat(4), starts: fc.constantFrom(true, true, true, false) }),
  { minLength: 20, maxLength: 80 },
);

const anySlots = fc.integer({ min: 1, max: CONCURRENCY });

type Step = { readonly queue: number; readonly starts: boolean };
type Counts = Readonly<Record<string, number>>;

/** Tasks that run after each start that the lanes allow. */
function startsOf(queues: readonly Queue[], steps: readonly Step[], slots: number): Counts[] {
  const lanes = lanesOf(queues, { concurrency: CONCURRENCY, slots, enabled: true });
  const running = new Map(queues.map(({ name }) => [name, 0]));
  const starts: Counts[] = [];
  for (const { queue, starts: wantsTo } of steps) {
    const name = `q${queue}`;
    const runs = running.get(name) ?? 0;
    const may = startable(name, lanes, slotUse(lanes, running), slots) > 0;
    if (!wantsTo) running.set(name, Math.max(runs - 1, 0));
    if (!wantsTo || !may) continue;
    running.set(name, runs + 1);
    starts.push(Object.fromEntries(running));
  }
  return starts;
}

function mayStart(queues: readonly Queue[], running: Counts, slots: number): Counts {
  const lanes = lanesOf(queues, { concurrency: CONCURRENCY, slots, enabled: true });
  const use = slotUse(lanes, new Map(Object.entries(running)));
  return Object.fromEntries(queues.map(({ name }) => [name, startable(name, lanes, use, slots)]));
}

const sum = (counts: Counts, but = ''): number =>
  Object.entries(counts).reduce((total, [name, count]) => total + (name === but ? 0 : count), 0);

const check = (
  promise: (running: Counts, queues: readonly Queue[], slots: number) => void,
  queues: fc.Arbitrary<Queue[]> = anyQueues,
): void =>
  fc.assert(
    fc.property(queues, anySteps, anySlots, (all, steps, slots) => {
      for (const running of startsOf(all, steps, slots)) promise(running, all, slots);
    }),
    { numRuns: 300 },
  );

test('no more tasks run than slots are in force, nor of a queue than its maxSlots', () => {
  check((running, queues, slots) => {
    expect(sum(running)).toBeLessThanOrEqual(slots);
    for (const { name, maxSlots, paused } of queues) {
      expect(running[name]).toBeLessThanOrEqual(paused ? 0 : maxSlots);
    }
  });
});

test('all other queues together leave one slot to the heaviest queue of the highest tier', () => {
  check((running, queues, slots) => {
    const [heaviest, ...equals] = heaviestOf(queues.filter(({ paused }) => !paused));
    if (slots > 1 && equals.length === 0) expect(sum(running, heaviest)).toBeLessThan(slots);
  });
});

test('the last slot is for one of several heaviest queues that runs nothing', () => {
  check((running, queues, slots) => {
    const heaviest = heaviestOf(queues.filter(({ paused }) => !paused));
    const waiting = heaviest.filter((name) => running[name] === 0);
    const isFull = sum(running) === slots;
    const last = heaviest.filter((name) => running[name] === 1);
    if (slots > 1 && isFull && waiting.length > 0) expect(last).not.toEqual([]);
  });
});

test('a queue that runs fewer tasks than it reserves slots may start one', () => {
  check((running, queues, slots) => {
    const may = mayStart(queues, running, slots);
    for (const { name, minSlots, paused } of queues) {
      const reserved = paused ? 0 : Math.floor((minSlots * slots) / CONCURRENCY);
      if ((running[name] ?? 0) < reserved) expect(may[name]).toBeGreaterThan(0);
    }
  });
});

test('without reservations no slot but that one is kept from any queue', () => {
  const free = anyQueues.map((all) =>
    all.map((each) => ({ ...each, paused: false, minSlots: 0, maxSlots: CONCURRENCY })),
  );
  check((running, queues, slots) => {
    const may = mayStart(queues, running, slots);
    if (sum(running) >= slots - 1) return;
    for (const { name } of queues) expect(may[name]).toBeGreaterThan(0);
  }, free);
});
