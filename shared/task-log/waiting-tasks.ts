import { RETENTION_SECONDS } from '../limits.ts';
import type { TaskStatus } from './status.ts';
import type { TaskFilter } from './task-filter.ts';
import type { TaskQueries, TaskSummary } from './task-log.ts';

/** A task that waits for less may just be next in line. In seconds. */
export const MIN_STUCK_SECONDS = 180;

/** The statuses of tasks that need a worker: their first one, or another after that one died. */
export const STUCK_STATUSES = ['enqueued', 'dequeued', 'running'] as const satisfies TaskStatus[];

export type StuckQuery = Pick<TaskFilter, 'names' | 'queues'> & {
  /** @default enqueued */
  readonly statuses?: readonly (typeof STUCK_STATUSES)[number][] | undefined;
  /** Time since their latest change. Values under 180 count as 180. */
  readonly ageSeconds: number;
};

/**
 * The filter for tasks that have waited too long. It includes tasks whose message SQS has dropped after
 * 14 days: their record is enough to send them again. @param now milliseconds since 1970
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

/** Reads stuck tasks in pages of up to 100, oldest first. Leaves out tasks that wait for their delay. */
export async function* stuckPages(
  log: Pick<TaskQueries, 'list'>,
  filter: TaskFilter & { readonly updatedBefore: number },
): AsyncGenerator<TaskSummary[]> {
  // Lazy: the help of the CLI loads this file, but needs no ids.
  const { pagesOf } = await import('./paging.ts');
  for await (const { tasks } of pagesOf(log, { ...filter, order: 'oldest' })) {
    yield tasks.filter(({ dueAt }) => !dueAt || Date.parse(dueAt) < filter.updatedBefore);
  }
}

export type StuckGroup = Pick<TaskSummary, 'name' | 'queue' | 'status'> & {
  readonly tasks: number;
  /** Since when the oldest of them waits. ISO 8601, UTC. */
  readonly waitingSince: string;
};

/** Counts stuck tasks by name, queue and status. @param now milliseconds since 1970 */
export async function summarizeStuck(
  log: Pick<TaskQueries, 'list'>,
  query: StuckQuery,
  now: number,
  onProgress?: (tasks: number) => void,
): Promise<{ readonly total: number; readonly groups: readonly StuckGroup[] }> {
  const groups = new Map<string, StuckGroup>();
  let total = 0;
  for await (const page of stuckPages(log, stuckTasks(query, now))) {
    for (const task of page) {
      const { name, queue, status } = task;
      const key = JSON.stringify([name, queue, status]);
      const { tasks, waitingSince } = groups.get(key) ?? { tasks: 0, waitingSince: '~' };
      const since = task.dueAt ?? task.updatedAt;
      const earliest = since < waitingSince ? since : waitingSince;
      groups.set(key, { name, queue, status, tasks: tasks + 1, waitingSince: earliest });
    }
    total += page.length;
    onProgress?.(total);
  }
  return { total, groups: [...groups.values()] };
}

/** Records that are looked at for all queues together: half a read unit each at most. */
const READ_AT_MOST = 3000;

export type OldestWaiting = {
  readonly createdAt: string;
  /** False: there may be older ones, further back than was looked. */
  readonly isCertain: boolean;
};

/**
 * The oldest task that waits in each queue: SQS itself does not tell. Looks from the newest backwards
 * until it has seen as many as wait, so it reads little unless a lot waits, and never much.
 * @param waiting how many tasks wait in each queue, approximately
 * @param now milliseconds since 1970
 */
export async function oldestWaiting(
  log: Pick<TaskQueries, 'list'>,
  waiting: ReadonlyMap<string, number>,
  now: number,
): Promise<ReadonlyMap<string, OldestWaiting>> {
  const queues = [...waiting].filter(([, count]) => count > 0).map(([name]) => name);
  const { tasks, isEnd } = await newestWaiting(log, queues, now, (seen) =>
    queues.every((queue) => countIn(queue, seen) >= (waiting.get(queue) ?? 0)),
  );
  const byQueue = Map.groupBy(tasks, ({ queue }) => queue);
  return new Map(
    [...byQueue].map(([queue, ofQueue]) => {
      // Not the last one: a child's id carries the time of its parent's.
      const [createdAt = ''] = ofQueue.map((task) => task.createdAt).sort();
      const isCertain = isEnd || ofQueue.length >= (waiting.get(queue) ?? 0);
      return [queue, { createdAt, isCertain }];
    }),
  );
}

async function newestWaiting(
  log: Pick<TaskQueries, 'list'>,
  queues: readonly string[],
  now: number,
  isEnough: (seen: readonly TaskSummary[]) => boolean,
) {
  const tasks: TaskSummary[] = [];
  if (queues.length === 0) return { tasks, isEnd: true };
  const filter = {
    queues,
    statuses: ['enqueued'],
    createdAfter: now - RETENTION_SECONDS * 1000,
  } as const;
  const { pagesOf } = await import('./paging.ts');
  let read = 0;
  for await (const page of pagesOf(log, filter)) {
    tasks.push(...page.tasks);
    read += page.recordsRead;
    if (page.next === undefined) return { tasks, isEnd: true };
    if (read >= READ_AT_MOST || isEnough(tasks)) break;
  }
  return { tasks, isEnd: false };
}

const countIn = (name: string, tasks: readonly TaskSummary[]): number =>
  tasks.filter(({ queue }) => queue === name).length;
