export const TASK_STATUSES = [
  'enqueued',
  'dequeued',
  'running',
  'child_running',
  'completed',
  'failed',
  'cancelled',
  'archived',
  'unknown',
] as const;

export type TaskStatus = (typeof TASK_STATUSES)[number];

export const STATUS_CATEGORIES = [
  'created',
  'in_progress',
  'completed',
  'failed',
  'archived',
  'cancelled',
] as const;

export type StatusCategory = (typeof STATUS_CATEGORIES)[number];

/** How a task can have ended. */
export type FinalCategory = Exclude<StatusCategory, 'created' | 'in_progress'>;

/** Category of a status, as people see it. */
export const CATEGORY_BY_STATUS = {
  enqueued: 'created',
  dequeued: 'in_progress',
  running: 'in_progress',
  child_running: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
  archived: 'archived',
  unknown: 'failed',
} as const satisfies Record<TaskStatus, StatusCategory>;

export const LABEL_BY_CATEGORY: Record<StatusCategory, string> = {
  created: 'Queued',
  in_progress: 'In Progress',
  completed: 'Completed',
  failed: 'Failed',
  archived: 'Archived',
  cancelled: 'Cancelled',
};

/** A finished task is never run again, however often its message comes back. */
export type FinalStatus = Exclude<
  TaskStatus,
  'enqueued' | 'dequeued' | 'running' | 'child_running'
>;

export const isFinal = (status: TaskStatus): status is FinalStatus =>
  !['created', 'in_progress'].includes(CATEGORY_BY_STATUS[status]);

export const FINAL_STATUSES: readonly FinalStatus[] = TASK_STATUSES.filter(isFinal);

/** Whether a task found in this status can have been stored as `written` before. A parent ends by itself. */
export const isStatusAfter = (found: TaskStatus, written: TaskStatus): boolean =>
  found === written || (written === 'child_running' && isFinal(found));

/** The statuses that are named, in a category that is named. `undefined` when neither was given. */
export const statusesAmong = (
  statuses: readonly TaskStatus[] | undefined,
  categories: readonly StatusCategory[] | undefined,
): TaskStatus[] | undefined =>
  statuses || categories
    ? TASK_STATUSES.filter(
        (status) =>
          (statuses?.includes(status) ?? true) &&
          (categories?.includes(CATEGORY_BY_STATUS[status]) ?? true),
      )
    : undefined;
