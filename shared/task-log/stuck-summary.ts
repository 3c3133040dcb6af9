import { type StuckQuery, stuckPages, stuckTasks } from './stuck-tasks.ts';
import type { TaskLog, TaskSummary } from './task-log.ts';

export type StuckGroup = Pick<TaskSummary, 'name' | 'queue' | 'status'> & {
  readonly tasks: number;
  /** Since when the one waits that has waited longest. ISO 8601, UTC. */
  readonly waitingSince: string;
};

/** How many tasks are stuck, by name, queue and status. @param now milliseconds since 1970 */
export async function summarizeStuck(
  log: Pick<TaskLog, 'list'>,
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
