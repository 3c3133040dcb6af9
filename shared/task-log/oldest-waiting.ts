import { RETENTION_SECONDS } from '../limits.ts';
import { pagesOf } from './paging.ts';
import type { TaskLog, TaskSummary } from './task-log.ts';

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
  log: Pick<TaskLog, 'list'>,
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
  log: Pick<TaskLog, 'list'>,
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
