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
 * Decides which queue the next free slot serves. A strategy keeps what it remembers in itself, knows no
 * clock and no chance of its own, and sees the queues of one tier.
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

/**
 * Gives each tier a strategy of its own. What a strategy throws, and a choice that is no ready queue,
 * never stops a worker: the heaviest ready queue is served instead.
 * @param create makes a strategy for one tier
 */
export function selectorOf(
  create: () => SelectorStrategy,
  { now, random, logger }: SelectorDeps,
): Selector {
  const strategies = new Map<number, SelectorStrategy>();
  let hasFailed = false;

  /** Logs the first failure only: a strategy that fails may do so for every task. */
  const failed = (fields: Record<string, unknown>): void => {
    if (!hasFailed) logger?.error('the strategy failed; the heaviest queue goes first', fields);
    hasFailed = true;
  };
  const guarded = (call: () => void): void => {
    try {
      call();
    } catch (error) {
      failed({ error });
    }
  };
  const strategyOf = (tier: number): SelectorStrategy => {
    const strategy = strategies.get(tier) ?? create();
    strategies.set(tier, strategy);
    return strategy;
  };

  return {
    select: (queues) => {
      const inTier = highestTier(queues);
      const [first] = inTier;
      if (!first) return undefined;
      try {
        const chosen = strategyOf(first.tier).select(inTier, { now: now(), random: random() });
        if (inTier.some(({ name, ready }) => ready && name === chosen)) return chosen;
        failed({ chosen, ready: inTier.filter(({ ready }) => ready).map(({ name }) => name) });
      } catch (error) {
        failed({ error });
      }
      return heaviestReady(inTier);
    },
    withdrawn: ({ name, tier }) => {
      guarded(() => strategies.get(tier)?.withdrawn?.(name, now()));
    },
    ended: (task) => {
      for (const strategy of strategies.values()) guarded(() => strategy.ended?.(task, now()));
    },
  };
}

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
