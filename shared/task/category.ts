/** What a task does to its subject, for people who filter their tasks. */
export const TASK_CATEGORIES = [
  'import',
  'export',
  'create',
  'update',
  'delete',
  'copy',
  'delivery_comp',
  'unrelated_resource',
  'unknown',
] as const;

export type TaskCategory = (typeof TASK_CATEGORIES)[number];
