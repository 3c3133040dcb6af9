import { inspect } from 'node:util';
import type { Logger } from '../logger.ts';

/** A queue, as a strategy sees it. */
export type SelectableQueue = {
  readonly name: string;
  /** Positive. */
  readonly weight: number;
  /** Queues of a higher tier go before all of a lower one. */
  readonly tier: number;
  /** True if one of its tasks could start now. */
  readonly ready: boolean;
  /**
   * True if the queue has no task to start: it is empty, or its lane is full. A queue neither ready nor
   * idle is late: it has tasks, and they have not arrived yet.
   */
  readonly idle: boolean;
  /** How often the queue was found empty. It grows before its next task is ready. */
  readonly emptied: number;
};

/** The time and chance of one selection. A strategy uses no others, so that its choice can be repeated. */
export type SelectionMoment = {
  /** Milliseconds. It only grows. */
  readonly now: number;
  /** A number from 0 up to but not including 1, new for each selection. */
  readonly random: number;
};

/** A task that has ended, for strategies that learn from it. */
export type EndedTask = { readonly queue: string; readonly runSeconds: number };

/**
 * Decides which queue the next free slot serves. A strategy keeps what it remembers in itself, uses no
 * clock and no chance of its own, and sees the queues of one tier. Its methods are synchronous.
 */
export interface SelectorStrategy {
  /** Returns the name of a ready queue, whose next task starts then; `undefined` when none is ready. */
  select(queues: readonly SelectableQueue[], moment: SelectionMoment): string | undefined;
  /** Undoes the latest selection of a queue, whose next task did not arrive. */
  withdrawn?(queue: string, now: number): void;
  /** Present in strategies that depend on how long tasks run. */
  ended?(task: EndedTask, now: number): void;
}

/** The strategy of a worker, for all tiers. */
export type Selector = {
  select(queues: readonly SelectableQueue[]): string | undefined;
  withdrawn(queue: SelectableTier): void;
  ended(task: EndedTask): void;
};

type SelectableTier = Pick<SelectableQueue, 'name' | 'tier'>;

export type SelectorDeps = {
  readonly now: () => number;
  readonly random: () => number;
  readonly logger?: Logger | undefined;
};

/** Makes a strategy for one tier. */
export type CreateStrategy = () => SelectorStrategy;

export type SelectorOptions = {
  /** For the log. */
  readonly name: string;
  readonly create: CreateStrategy;
  readonly createFallback: CreateStrategy;
};

/** How a tier selects. */
type Tier = {
  readonly strategy: SelectorStrategy;
  /** Selects whenever `strategy` fails. */
  readonly fallback: SelectorStrategy;
  /** Queues whose latest selection was one of `fallback`. */
  readonly byFallback: Set<string>;
};

/**
 * Gives each tier a strategy of its own. What a strategy throws, and a choice that is no ready queue,
 * never stops a worker: another strategy makes this selection instead.
 */
export function selectorOf(
  { name: strategyName, create, createFallback }: SelectorOptions,
  { now, random, logger }: SelectorDeps,
): Selector {
  const tiers = new Map<number, Tier>();
  let hasFailed = false;

  /** Logs the first failure only: a strategy that fails may do so for every task. */
  const failed = (fields: Record<string, unknown>): void => {
    if (hasFailed) return;
    hasFailed = true;
    const message = 'the strategy failed; "weighted" decides whenever it does';
    logger?.error(message, { strategy: strategyName, ...fields });
  };
  const guarded = <Result>(call: () => Result): Result | undefined => {
    try {
      return call();
    } catch (error) {
      failed({ error: error instanceof Error ? error : new Error(`it threw ${shown(error)}`) });
      return undefined;
    }
  };
  const tierOf = (number: number): Tier => {
    const tier = tiers.get(number) ?? {
      strategy: guarded(create) ?? NONE,
      fallback: createFallback(),
      byFallback: new Set(),
    };
    tiers.set(number, tier);
    return tier;
  };
  /** Returns what the strategy chose, if it is the name of a ready queue. */
  const chosenBy = (
    { strategy }: Tier,
    queues: readonly SelectableQueue[],
    moment: SelectionMoment,
  ): string | undefined =>
    guarded(() => {
      const chosen = strategy.select(queues, moment);
      if (queues.some(({ name, ready }) => ready && name === chosen)) return chosen;
      if (strategy !== NONE) failed({ chosen: shown(chosen), ready: namesOfReady(queues) });
      return undefined;
    });

  return {
    select: (queues) => {
      const inTier = highestTier(queues);
      const [first] = inTier;
      if (!first) return undefined;
      const tier = tierOf(first.tier);
      const moment = { now: now(), random: random() };
      const chosen = chosenBy(tier, inTier, moment);
      if (chosen !== undefined) {
        tier.byFallback.delete(chosen);
        return chosen;
      }
      const instead = tier.fallback.select(inTier, moment);
      if (instead !== undefined) tier.byFallback.add(instead);
      return instead;
    },
    withdrawn: ({ name, tier: number }) => {
      const tier = tiers.get(number);
      if (!tier) return;
      const { strategy, fallback, byFallback } = tier;
      const selected = byFallback.has(name) ? fallback : strategy;
      guarded(() => selected.withdrawn?.(name, now()));
    },
    ended: (task) => {
      for (const { strategy } of tiers.values()) guarded(() => strategy.ended?.(task, now()));
    },
  };
}

/** Stands for a strategy that could not be created. */
const NONE: SelectorStrategy = { select: () => undefined };

/** A value of a strategy may be anything, and a log line must not fail or grow with it. */
const shown = (value: unknown): string =>
  inspect(value, { depth: 0, customInspect: false, maxStringLength: 100, maxArrayLength: 3 });

const namesOfReady = (queues: readonly SelectableQueue[]): string[] =>
  queues.filter(({ ready }) => ready).map(({ name }) => name);

/** Returns the queues of the highest tier that has a ready one; none if no queue is ready. */
function highestTier(queues: readonly SelectableQueue[]): readonly SelectableQueue[] {
  let tier = Number.NEGATIVE_INFINITY;
  let isMixed = false;
  for (const queue of queues) {
    if (queue.ready && queue.tier > tier) tier = queue.tier;
    if (queue.tier !== queues[0]?.tier) isMixed = true;
  }
  if (tier === Number.NEGATIVE_INFINITY) return [];
  return isMixed ? queues.filter((queue) => queue.tier === tier) : queues;
}

/** Returns the heaviest ready queue; of equal ones the first. */
export function heaviestReady(queues: readonly SelectableQueue[]): string | undefined {
  let heaviest: SelectableQueue | undefined;
  for (const queue of queues) {
    if (queue.ready && (!heaviest || queue.weight > heaviest.weight)) heaviest = queue;
  }
  return heaviest?.name;
}
