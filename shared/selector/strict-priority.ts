import type { SelectorStrategy } from './selector-strategy.ts';

/**
 * Always the heaviest queue that has a task; equal weights in the order of the configuration.
 * While a heavy queue has tasks the lighter ones get nothing at all. That starvation is the point:
 * choose `weighted` if it is not what you want.
 */
export const strictPriority: SelectorStrategy<null> = {
  start: null,

  select(state, queues) {
    const ready = queues.filter((queue) => queue.ready);
    const heaviest = Math.max(...ready.map(({ weight }) => weight));
    return { queue: ready.find(({ weight }) => weight === heaviest)?.name, state };
  },
};
