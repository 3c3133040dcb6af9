/** A queue, as a strategy sees it. */
export type SelectableQueue = {
  readonly name: string;
  /** Positive. */
  readonly weight: number;
  /** Queues of a higher tier go before all of a lower one. */
  readonly tier: number;
  /** True if one of its tasks could start now. */
  readonly ready: boolean;
  /** True if the queue is known to be empty. A queue neither ready nor idle waits for a poll or its lane. */
  readonly idle: boolean;
};

export type Selection<State> = {
  /** `undefined` when no queue is ready. */
  readonly queue: string | undefined;
  readonly state: State;
};

/** A task that has ended, for strategies that learn from it. */
export type EndedTask = { readonly queue: string; readonly runSeconds: number };

/**
 * Decides which queue the next free slot serves. Strategies are pure functions, so that tests can prove the
 * shares without a worker.
 */
export interface SelectorStrategy<State = unknown> {
  readonly start: State;
  /** @param random a number from 0 up to but not including 1, new for each selection */
  select(state: State, queues: readonly SelectableQueue[], random: number): Selection<State>;
  /** Present in strategies that depend on how long tasks run. */
  ended?(state: State, task: EndedTask): State;
}

/** A strategy with its states, one for each tier. */
export type Selector = {
  select(queues: readonly SelectableQueue[]): string | undefined;
  ended(task: EndedTask): void;
};

export function selectorOf<State>(
  strategy: SelectorStrategy<State>,
  random: () => number,
): Selector {
  const states = new Map<number, State>();
  return {
    select: (queues) => {
      const tier = Math.max(...queues.filter(({ ready }) => ready).map((queue) => queue.tier));
      const inTier = queues.filter((queue) => queue.tier === tier);
      const selection = strategy.select(states.get(tier) ?? strategy.start, inTier, random());
      states.set(tier, selection.state);
      return selection.queue;
    },
    ended: (task) => {
      for (const [tier, state] of states) states.set(tier, strategy.ended?.(state, task) ?? state);
    },
  };
}
