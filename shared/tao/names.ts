import type { StrategyName } from '../config/config.ts';
import { LIVE } from '../config/schema.ts';

/** The strategies of the original, by the names of their classes. */
const ORIGINAL_STRATEGIES: Readonly<Record<string, StrategyName>> = {
  WeightStrategy: 'weighted',
  StrictPriorityStrategy: 'strict-priority',
};

/** The last part of a PHP class name, however it is quoted: `\oat\…\WeightStrategy`. */
export const shortClassName = (name: string): string => name.replace(/^.*[\\/]/, '');

/** A strategy by our name or that of the original's class. */
export function strategyNamed(name: string): StrategyName | undefined {
  return (
    LIVE.strategy.options.find((known) => known === name) ??
    ORIGINAL_STRATEGIES[shortClassName(name)]
  );
}
