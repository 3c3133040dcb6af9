import type { StatsStore } from '../../shared/stats/stats-store.ts';
import { byQueue, byStatus } from '../../shared/stats/tally.ts';
import {
  CATEGORY_BY_STATUS,
  type StatusCategory,
  TASK_STATUSES,
} from '../../shared/task-log/status.ts';
import type { Route } from './http.ts';

/**
 * GET /stats → 200, over the caller's tasks, an admin's over everybody's. Costs the same however
 * many there are; a change of a task shows after a few seconds.
 */
export const getStats =
  (stats: StatsStore): Route =>
  async ({ caller: { owner, isAdmin } }) => {
    const tally = await stats.read(isAdmin ? undefined : owner);
    const counts = byStatus(tally);
    const inCategory = (category: StatusCategory): number =>
      TASK_STATUSES.filter((status) => CATEGORY_BY_STATUS[status] === category).reduce(
        (sum, status) => sum + (counts[status] ?? 0),
        0,
      );
    return {
      status: 200,
      body: {
        numberOfTasksCompleted: inCategory('completed'),
        numberOfTasksFailed: inCategory('failed'),
        numberOfTasksInProgress: inCategory('in_progress'),
        byStatus: counts,
        byQueue: byQueue(tally),
      },
    };
  };
