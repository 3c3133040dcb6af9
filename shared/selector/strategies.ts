import type { StrategyName } from '../config/config.ts';
import { type Selector, type SelectorStrategy, selectorOf } from './selector-strategy.ts';
import { weighted, weightedTime } from './weighted.ts';

/** Creates a new selector of the strategy that the configuration names. */
export function createSelector(name: StrategyName, random: () => number = Math.random): Selector {
  switch (name) {
    case 'weighted':
      return selectorOf(weighted, random);
    case 'weighted-time':
      return selectorOf(weightedTime, random);
    case 'weighted-random':
      return selectorOf(weightedRandom, random);
    case 'strict-priority':
      return selectorOf(strictPriority, random);
  }
}

/**
 * Always picks the heaviest queue that has a task. Equal weights go in the order of the configuration.
 * While a heavy queue has tasks, lighter ones get nothing at all. This starvation is the point of the
 * strategy: choose `weighted` if you do not want it.
 */
export const strictPriority: SelectorStrategy<null> = {
  start: null,

  select(state, queues) {
    const ready = queues.filter((queue) => queue.ready);
    const heaviest = Math.max(...ready.map(({ weight }) => weight));
    return { queue: ready.find(({ weight }) => weight === heaviest)?.name, state };
  },
};

/**
 * Draws a ready queue with a chance proportional to its weight, as TAO's task queue does. The shares
 * are right on average only; `weighted` keeps them over every run of tasks.
 */
export const weightedRandom: SelectorStrategy<null> = {
  start: null,

  select(state, queues, random) {
    const ready = queues.filter((queue) => queue.ready);
    const total = ready.reduce((sum, { weight }) => sum + weight, 0);
    let ticket = random * total;
    const drawn = ready.find(({ weight }) => {
      ticket -= weight;
      return ticket < 0;
    });
    return { queue: (drawn ?? ready.at(-1))?.name, state };
  },
};
