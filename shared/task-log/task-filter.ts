import type { Task } from '../task/task.ts';
import { idRange, isWithin } from './id-range.ts';
import type { TaskStatus } from './status.ts';

/**
 * Narrows a list: a task must satisfy every field that is given. Times are milliseconds since 1970,
 * up to the year 9999; "after" includes the moment itself, "before" does not.
 */
export type TaskFilter = {
  /** Whose tasks. Absent: everybody's. */
  readonly owner?: string | undefined;
  readonly parentId?: string | undefined;
  /** One of these. At most 100 in each list; an empty one lets nothing through. */
  readonly names?: readonly string[] | undefined;
  readonly statuses?: readonly TaskStatus[] | undefined;
  readonly queues?: readonly string[] | undefined;
  readonly labelPrefix?: string | undefined;
  /** By the time in the id: when the task was created, for a child when its parent was. */
  readonly createdAfter?: number | undefined;
  readonly createdBefore?: number | undefined;
  readonly updatedAfter?: number | undefined;
  readonly updatedBefore?: number | undefined;
};

type Filtered = Pick<Task, 'id' | 'name' | 'label' | 'owner' | 'parentId'> & {
  readonly queue: string;
  readonly status: TaskStatus;
  readonly updatedAt: string;
};

/** The filter as a predicate. */
export function matcherOf(filter: TaskFilter): (task: Filtered) => boolean {
  const { owner, parentId, names, statuses, queues, labelPrefix = '' } = filter;
  const { updatedAfter = Number.NEGATIVE_INFINITY, updatedBefore = Number.POSITIVE_INFINITY } =
    filter;
  const created = idRange(filter);
  const isUpdatedInTime = (updatedAt: number): boolean =>
    updatedAt >= updatedAfter && updatedAt < updatedBefore;
  return (task) =>
    isWithin(created, task.id) &&
    isOrAbsent(owner, task.owner) &&
    isOrAbsent(parentId, task.parentId) &&
    isAmong(names, task.name) &&
    isAmong(statuses, task.status) &&
    isAmong(queues, task.queue) &&
    task.label.startsWith(labelPrefix) &&
    isUpdatedInTime(Date.parse(task.updatedAt));
}

const isOrAbsent = (expected: string | undefined, value: string | undefined): boolean =>
  expected === undefined || value === expected;

const isAmong = (accepted: readonly string[] | undefined, value: string): boolean =>
  accepted?.includes(value) ?? true;
