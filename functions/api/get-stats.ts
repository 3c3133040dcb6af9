import {
  CATEGORY_BY_STATUS,
  type StatusCategory,
  TASK_STATUSES,
} from '../../shared/task-log/status.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import type { Route } from './http.ts';

/** GET /stats → 200, over the caller's tasks, an admin's over everybody's. */
export const getStats =
  (log: TaskLog): Route =>
  async ({ caller: { owner, isAdmin } }) => {
    const byStatus = await log.countByStatus(isAdmin ? undefined : owner);
    const inCategory = (category: StatusCategory): number =>
      TASK_STATUSES.filter((status) => CATEGORY_BY_STATUS[status] === category).reduce(
        (sum, status) => sum + (byStatus[status] ?? 0),
        0,
      );
    return {
      status: 200,
      body: {
        numberOfTasksCompleted: inCategory('completed'),
        numberOfTasksFailed: inCategory('failed'),
        numberOfTasksInProgress: inCategory('in_progress'),
        byStatus,
      },
    };
  };
