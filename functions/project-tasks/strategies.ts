import type { OwnStrategy } from '../../shared/selector/own-strategy.ts';
import { fromProject } from './from-project.ts';

/** In the package, the strategies of the project that uses it. The file is optional. */
export const strategies: readonly OwnStrategy[] = fromProject('strategies', process.env, {
  isOptional: true,
});
