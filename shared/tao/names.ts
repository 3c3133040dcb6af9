import type { StrategyName } from '../config/config.ts';

/** The strategies of TAO, by the names of their classes. */
const STRATEGIES: Readonly<Record<string, StrategyName>> = {
  WeightStrategy: 'weighted',
  StrictPriorityStrategy: 'strict-priority',
};

/** The last part of a PHP class name, however it is quoted: `\oat\…\WeightStrategy`. */
export const shortClassName = (name: string): string => name.replace(/^.*[\\/]/, '');

/** The strategy of a TAO class. Nothing if the name is not one of TAO's. */
export const taoStrategy = (className: string): StrategyName | undefined =>
  STRATEGIES[shortClassName(className)];
