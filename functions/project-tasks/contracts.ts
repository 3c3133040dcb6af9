import type { TaskDefinition } from '../../shared/task/task-definition.ts';
import { fromProject } from './from-project.ts';

/** In the package, the tasks of the project that uses it. */
export const contracts: readonly TaskDefinition[] = fromProject('contracts', process.env);
