import type { FilteredCategory } from '../task/category.ts';
import type { StatusCategory, TaskStatus } from '../task-log/status.ts';

/** Which tasks to list. All that is given must fit; of a list, one entry. */
export type ListFilters = {
  readonly name?: string | readonly string[];
  /** Of the tasks' names, as they are defined now. */
  readonly category?: FilteredCategory | readonly FilteredCategory[];
  readonly status?: TaskStatus | readonly TaskStatus[];
  readonly statusCategory?: StatusCategory | readonly StatusCategory[];
  readonly queue?: string | readonly string[];
  /** Whose tasks; only an admin sees those of others. */
  readonly owner?: string;
  readonly parentId?: string;
  readonly labelPrefix?: string;
  readonly createdAfter?: Date | string;
  readonly createdBefore?: Date | string;
  readonly updatedAfter?: Date | string;
  readonly updatedBefore?: Date | string;
  /** @default newest */
  readonly sort?: 'newest' | 'oldest';
  /** Tasks on a page, 1 to 100. */
  readonly limit?: number;
};
