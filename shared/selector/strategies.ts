import type { StrategyName } from '../config/config.ts';
import type { BUILT_IN_STRATEGIES } from '../config/schema.ts';
import type { StrategyCatalogue } from './own-strategy.ts';
import {
  type CreateStrategy,
  type EndedTask,
  heaviestReady,
  type SelectableQueue,
  type SelectionMoment,
  type Selector,
  type SelectorDeps,
  type SelectorStrategy,
  selectorOf,
} from './selector-strategy.ts';
import { beginOf, type VirtualPlace, VirtualTime } from './virtual-time.ts';

/**
 * Creates a new selector of the strategy that the configuration names.
 * @param own the strategies of the project
 */
export function createSelector(
  name: StrategyName,
  deps: SelectorDeps,
  own?: StrategyCatalogue,
): Selector {
  const create = builtIn(name) ?? own?.get(name) ?? (() => unknownStrategy(name));
  return selectorOf({ name, create, createFallback: STRATEGIES.weighted }, deps);
}

/** Finds the factory of a built-in strategy. */
export const builtIn = (name: string): CreateStrategy | undefined =>
  isBuiltIn(name) ? STRATEGIES[name] : undefined;

const isBuiltIn = (name: string): name is BuiltIn => Object.hasOwn(STRATEGIES, name);

/** Names are checked before a worker uses them. If one slips through, the worker logs it and works. */
function unknownStrategy(name: string): never {
  throw new Error(`there is no strategy "${name}"`);
}

/**
 * Always picks the heaviest queue that has a task. Equal weights go in the order of the configuration.
 * While a heavy queue has tasks, lighter ones get nothing at all. This starvation is the point of the
 * strategy: choose `weighted` if you do not want it.
 */
const strictPriority: SelectorStrategy = { select: heaviestReady };

/**
 * Draws a ready queue with a chance proportional to its weight, as TAO's task queue does. The shares
 * are right on average only; `weighted` keeps them over every run of tasks.
 */
const weightedRandom: SelectorStrategy = {
  select(queues, { random }) {
    let total = 0;
    for (const { ready, weight } of queues) if (ready) total += weight;
    let ticket = random * total;
    let drawn: SelectableQueue | undefined;
    for (const queue of queues) {
      if (!queue.ready) continue;
      drawn = queue;
      ticket -= queue.weight;
      if (ticket < 0) break;
    }
    return drawn?.name;
  },
};

type BuiltIn = (typeof BUILT_IN_STRATEGIES)[number];

const STRATEGIES: Readonly<Record<BuiltIn, CreateStrategy>> = {
  weighted: () => new Weighted(),
  'weighted-time': () => new WeightedTime(),
  'weighted-random': () => weightedRandom,
  'strict-priority': () => strictPriority,
};

/** The weight of the latest task in the mean run time of its queue. */
const LATEST_WEIGHT = 0.1;

/** The resolution of the clock. Without this limit a very short task would count nothing. */
const SHORTEST_SECONDS = 0.001;

/**
 * A queue that got more time than its share, because no other had tasks that could start, stands back
 * for at most so long, or for what two of its tasks cost.
 */
const LONGEST_STAND_BACK_SECONDS = 600;

/**
 * Exact weights: while all queues have tasks, each gets its share of any first tasks to within less than
 * one task, whatever the number of queues and their weights.
 *
 * The queue whose next task is due first goes next, among those that are not ahead of their share.
 * A queue whose tasks arrive late keeps its place for a second, and catches up with twice its share.
 */
class Weighted implements SelectorStrategy {
  readonly #time = new VirtualTime();

  select(queues: readonly SelectableQueue[], { now }: SelectionMoment): string | undefined {
    this.#time.observe(queues, now);
    const name = mostUrgent(queues, this.#time, () => 1);
    const place = name === undefined ? undefined : this.#time.placeOf(name);
    if (place) {
      place.start += 1 / place.weight;
      this.#time.served(place, 1);
    }
    return name;
  }

  withdrawn(queue: string): void {
    const place = this.#time.placeOf(queue);
    if (place) place.start -= 1 / place.weight;
  }
}

type Usage = {
  running: number;
  /** Mean run time of its tasks; `undefined` until one has ended. */
  meanSeconds: number | undefined;
};

/**
 * Like `Weighted`, but shares the time of the slots by weight, not the number of tasks. Every second of
 * a slot counts once, when it has passed. Running tasks also count with the mean run time of their
 * queue, so that slots which become free together are shared by weight too.
 */
class WeightedTime implements SelectorStrategy {
  readonly #time = new VirtualTime();
  readonly #usage = new Map<string, Usage>();
  #countedTo = 0;

  select(queues: readonly SelectableQueue[], { now }: SelectionMoment): string | undefined {
    this.#countTo(now);
    this.#time.observe(queues, now);
    const costOf = this.#costs();
    const name = mostUrgent(queues, this.#time, costOf);
    const place = name === undefined ? undefined : this.#time.placeOf(name);
    if (name === undefined || !place) return undefined;
    const usage = this.#usageOf(name);
    usage.running += 1;
    place.expected = usage.running * costOf(name);
    this.#time.served(place, costOf(name));
    return name;
  }

  withdrawn(queue: string, now: number): void {
    this.#leave(queue, now);
  }

  ended({ queue, runSeconds }: EndedTask, now: number): void {
    const place = this.#leave(queue, now);
    if (!place) return;
    const usage = this.#usageOf(queue);
    const cost = Math.max(runSeconds, SHORTEST_SECONDS);
    place.start += (cost - runSeconds) / place.weight;
    const mean = usage.meanSeconds ?? cost;
    usage.meanSeconds = mean + (cost - mean) * LATEST_WEIGHT;
    place.expected = usage.running * usage.meanSeconds;
  }

  /** Returns nothing for a task that started under another strategy or in another tier. */
  #leave(queue: string, now: number): VirtualPlace | undefined {
    const usage = this.#usageOf(queue);
    const place = this.#time.placeOf(queue);
    if (!place || usage.running === 0) return undefined;
    this.#countTo(now);
    usage.running -= 1;
    place.expected = usage.running * this.#costs()(queue);
    return place;
  }

  /** Adds the time since the latest count to what each queue got. */
  #countTo(now: number): void {
    const seconds = Math.max(now - this.#countedTo, 0) / 1000;
    this.#countedTo = now;
    if (seconds === 0) return;
    let slots = 0;
    for (const { running } of this.#usage.values()) slots += running;
    const span = this.#time.spanOf(LONGEST_STAND_BACK_SECONDS * slots);
    for (const [name, { running, meanSeconds = 0 }] of this.#usage) {
      const place = this.#time.placeOf(name);
      if (!place || running === 0) continue;
      place.start += (running * seconds) / place.weight;
      this.#time.limitAhead(place, Math.max(span, (2 * meanSeconds) / place.weight));
    }
  }

  /** A queue without a known run time costs the mean of the others, or 1 s if none is known. */
  #costs(): (name: string) => number {
    let sum = 0;
    let known = 0;
    for (const { meanSeconds } of this.#usage.values()) {
      if (meanSeconds === undefined) continue;
      sum += meanSeconds;
      known += 1;
    }
    const usual = known === 0 ? 1 : sum / known;
    return (name) => this.#usage.get(name)?.meanSeconds ?? usual;
  }

  #usageOf(name: string): Usage {
    const usage = this.#usage.get(name) ?? { running: 0, meanSeconds: undefined };
    this.#usage.set(name, usage);
    return usage;
  }
}

type Candidate = {
  readonly name: string;
  readonly isDue: boolean;
  readonly deadline: number;
  readonly weight: number;
};

/** Returns the ready queue whose next task is due first. Queues ahead of their share go last. */
function mostUrgent(
  queues: readonly SelectableQueue[],
  time: VirtualTime,
  costOf: (name: string) => number,
): string | undefined {
  let best: Candidate | undefined;
  for (const { name, ready, weight } of queues) {
    const place = ready ? time.placeOf(name) : undefined;
    if (!place) continue;
    if (time.goesFirst(place)) return name;
    const cost = costOf(name);
    const deadline = beginOf(place) + cost / weight;
    const candidate = { name, isDue: time.isDue(place, cost), deadline, weight };
    if (!best || isBefore(candidate, best)) best = candidate;
  }
  return best?.name;
}

/** On a tie the heavier queue goes first. */
function isBefore(one: Candidate, other: Candidate): boolean {
  if (one.isDue !== other.isDue) return one.isDue;
  if (one.deadline !== other.deadline) return one.deadline < other.deadline;
  return one.weight > other.weight;
}
