import type { OwnStrategy } from '../../shared/selector/own-strategy.ts';
import { roundRobin } from './round-robin.ts';

/** Every strategy that the configuration can name besides the built-in ones. */
export const strategies: readonly OwnStrategy[] = [roundRobin];
