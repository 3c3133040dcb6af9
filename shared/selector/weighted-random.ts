import type { SelectorStrategy } from './selector-strategy.ts';

/**
 * The lottery of the original: each ready queue is drawn with a chance proportional to its weight.
 * The shares are right on average only; `weighted` holds them over every run of tasks.
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
