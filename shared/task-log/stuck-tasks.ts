import { pagesOf } from './pages.ts';
import type { TaskStatus } from './status.ts';
import type { TaskFilter } from './task-filter.ts';
import type { TaskLog, TaskSummary } from './task-log.ts';

/** A task that waits for less may just be next in line. */
export const MIN_STUCK_SECONDS = 180;

/** In these a task waits for a worker: for its first one, or for one to follow the one that died. */
export const STUCK_STATUSES = ['enqueued', 'dequeued', 'running'] as const satisfies TaskStatus[];

export type StuckQuery = Pick<TaskFilter, 'names' | 'queues'> & {
  /** @default enqueued */
  readonly statuses?: readonly (typeof STUCK_STATUSES)[number][] | undefined;
  /** Since their latest change; 180 at least, less is taken for that. */
  readonly ageSeconds: number;
};

/**
 * Tasks that have been waiting for so long that something is wrong, those included whose message SQS
 * has dropped after 14 days: their record is enough to send them again.
 * @param now milliseconds since 1970
 */
export const stuckTasks = (
  { names, queues, statuses = ['enqueued'], ageSeconds }: StuckQuery,
  now: number,
) => ({
  names,
  queues,
  statuses,
  updatedBefore: now - Math.max(ageSeconds, MIN_STUCK_SECONDS) * 1000,
});

/** All of them, in pages of up to 100, oldest first. What waits for its delay is not among them. */
export async function* stuckPages(
  log: Pick<TaskLog, 'list'>,
  filter: TaskFilter & { readonly updatedBefore: number },
): AsyncGenerator<TaskSummary[]> {
  for await (const { tasks } of pagesOf(log, { ...filter, order: 'oldest' })) {
    yield tasks.filter(({ dueAt }) => !dueAt || Date.parse(dueAt) < filter.updatedBefore);
  }
}
