import type { StrategyName } from '../config/config.ts';
import { type Selector, selectorOf } from './selector-strategy.ts';
import { strictPriority } from './strict-priority.ts';
import { weighted, weightedTime } from './weighted.ts';
import { weightedRandom } from './weighted-random.ts';

/** A fresh selector of the strategy that the configuration names. */
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
