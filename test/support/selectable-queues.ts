import type { StrategyName } from '../../shared/config/config.ts';
import type {
  SelectableQueue,
  Selector,
  SelectorDeps,
} from '../../shared/selector/selector-strategy.ts';
import { createSelector } from '../../shared/selector/strategies.ts';

/** A selector for which no time passes, unless a test moves it. */
export const aSelector = (name: StrategyName, deps: Partial<SelectorDeps> = {}): Selector =>
  createSelector(name, { now: () => 0, random: () => 0, ...deps });

/** A backlogged queue, changed as a test needs. */
export const queue = (name: string, weight: number, changes: Partial<SelectableQueue> = {}) => ({
  name,
  weight,
  tier: 0,
  ready: true,
  idle: false,
  emptied: 0,
  ...changes,
});

export const THREE = [queue('priority', 90), queue('standard', 30), queue('background', 10)];

/** How often each queue is chosen in so many selections. */
export function counts(
  select: (queues: readonly SelectableQueue[]) => string | undefined,
  queues: readonly SelectableQueue[],
  selections: number,
): Record<string, number> {
  const result: Record<string, number> = {};
  for (let index = 0; index < selections; index++) {
    const name = select(queues) ?? 'none';
    result[name] = (result[name] ?? 0) + 1;
  }
  return result;
}
