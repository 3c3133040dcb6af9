import type { TaskHandler } from '../../shared/task/task-definition.ts';
import { fromProject } from './from-project.ts';

/** In the package, the tasks of the project that uses it. */
export const handlers: readonly TaskHandler[] = fromProject('handlers', process.env);
