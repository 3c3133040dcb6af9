import type { StrategyName } from '../../shared/config/config.ts';
import type { SelectableQueue } from '../../shared/selector/selector-strategy.ts';
import { createSelector } from '../../shared/selector/strategies.ts';
import { Random } from '../../shared/simulation/random.ts';
import { type Check, onSqs, run, saturated } from './check.ts';

const SELECTIONS = 20_000;

const readyQueues = (weights: readonly number[]): SelectableQueue[] =>
  weights.map((weight, index) => ({
    name: `q${index}`,
    weight,
    tier: 0,
    ready: true,
    idle: false,
    emptied: 0,
  }));

/** How far any queue is from its share after any number of selections, in tasks. */
function prefixError(weights: readonly number[], random: Random): number {
  const queues = readyQueues(weights);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const selector = createSelector('weighted', { now: () => 0, random: random.next });
  const served = new Map<string, number>();
  let worst = 0;
  for (let count = 1; count <= SELECTIONS; count++) {
    const queue = selector.select(queues) ?? '';
    served.set(queue, (served.get(queue) ?? 0) + 1);
    // A queue is furthest behind just before it is served, and the others are seen now and then.
    const seen = count % 16 === 0 ? queues : queues.filter(({ name }) => name === queue);
    for (const { name, weight } of seen) {
      const due = (count * weight) / total;
      worst = Math.max(worst, Math.abs((served.get(name) ?? 0) - due));
    }
  }
  return worst;
}

const prefix = (name: string, weightsOf: (random: Random) => readonly number[]): Check => ({
  name: `prefix error/${name}`,
  limit: 1,
  unit: 'tasks',
  measure: async (seed) => {
    const random = new Random(seed);
    return prefixError(weightsOf(random), random);
  },
});

const equal = (count: number, weight = 1): number[] => Array.from({ length: count }, () => weight);

const randomWeights = (random: Random): number[] =>
  Array.from({ length: 2 + random.index(99) }, () => Math.ceil(10_000 ** random.next()));

/** Light queues catch up, and then the heaviest one has a task. */
const overtaken = (name: string, weights: readonly number[]): Check => ({
  name: `first important task/selection, ${name}`,
  limit: 1,
  unit: 'tasks go first',
  measure: async (seed) => {
    const selector = createSelector('weighted', { now: () => 0, random: new Random(seed).next });
    const queues = readyQueues(weights);
    const lightest = queues.length - 1;
    // The lightest queue is served alone, because the polls of the others are still under way.
    const first = queues.map((queue, at) => ({ ...queue, ready: at === lightest, idle: at === 0 }));
    for (let count = 0; count < 10; count++) selector.select(first);
    const others = queues.map((queue, at) => ({ ...queue, ready: at > 0, idle: at === 0 }));
    for (let count = 0; count < 3; count++) selector.select(others);
    let passed = 0;
    while (passed < SELECTIONS && selector.select(queues) !== 'q0') passed += 1;
    return passed;
  },
});

const ROUNDS = 20;

/** The best of some rounds: others use the machine, too. */
const cost = (count: number, limit: number, strategy: StrategyName = 'weighted'): Check => ({
  name: `selection time/${count} queues, ${strategy}`,
  limit,
  unit: 'µs',
  isTiming: true,
  measure: async (seed) => {
    const random = new Random(seed);
    const queues = readyQueues(Array.from({ length: count }, () => 1 + random.index(100)));
    const selector = createSelector(strategy, { now: () => 0, random: random.next });
    const selections = Math.ceil(20_000 / count);
    const rounds = Array.from({ length: ROUNDS }, () => {
      const startedAt = performance.now();
      for (let done = 0; done < selections; done++) {
        const queue = selector.select(queues) ?? '';
        selector.ended({ queue, runSeconds: 0.1 });
      }
      return ((performance.now() - startedAt) * 1000) / selections;
    });
    return Math.min(...rounds);
  },
});

/** CPU time for one more start in a worker. The model is included, and the beginning is not. */
async function microsecondsPerStart(count: number, seed: number): Promise<number> {
  const short = await costOf(count, 5, seed);
  const long = await costOf(count, 25, seed);
  return (long.microseconds - short.microseconds) / (long.starts - short.starts);
}

async function costOf(count: number, seconds: number, seed: number) {
  const queues = Array.from({ length: count }, (_, index) => onSqs(`q${index}`, 1 + (index % 9)));
  const before = process.cpuUsage();
  const { starts } = await run(
    { config: { queues }, arrivals: saturated(queues, 0.1, 20), seconds },
    seed,
  );
  const { user, system } = process.cpuUsage(before);
  return { microseconds: user + system, starts: starts.length };
}

const costInWorker: Check = {
  name: 'selection time/500 queues, in a worker',
  // Selections, polls and messages: three turns of the scheduler.
  limit: 600,
  unit: 'µs more than 3 queues',
  isTiming: true,
  measure: async (seed) =>
    (await microsecondsPerStart(500, seed)) - (await microsecondsPerStart(3, seed)),
};

export const SELECTION: readonly Check[] = [
  prefix('90/30/10', () => [90, 30, 10]),
  prefix('13 and 13 × 1', () => [13, ...equal(13)]),
  prefix('1000 and 499 × 1', () => [1000, ...equal(499)]),
  prefix('1,000,000 and 1', () => [1_000_000, 1]),
  prefix('2 to 100 queues of random weights', randomWeights),
  cost(3, 2),
  cost(50, 10),
  cost(500, 100),
  cost(500, 100, 'weighted-time'),
  costInWorker,
  overtaken('90/30/10', [90, 30, 10]),
  overtaken('200/90/30/10', [200, 90, 30, 10]),
  overtaken('1000/1000/1', [1000, 1000, 1]),
];
