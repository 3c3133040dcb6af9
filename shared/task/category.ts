/** Those that a list can be narrowed to: `unknown` may be the category of any name. */
export const FILTERED_CATEGORIES = [
  'import',
  'export',
  'create',
  'update',
  'delete',
  'copy',
  'delivery_comp',
  'unrelated_resource',
] as const;

export type FilteredCategory = (typeof FILTERED_CATEGORIES)[number];

/** Categories of what a task does to its subject, for filters. */
export const TASK_CATEGORIES = [...FILTERED_CATEGORIES, 'unknown'] as const;

export type TaskCategory = (typeof TASK_CATEGORIES)[number];
