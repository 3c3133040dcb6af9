import type { StatsView } from '../api/views.ts';
import { CATEGORY_BY_STATUS, type StatusCategory, TASK_STATUSES } from '../task-log/status.ts';
import { byQueue, byStatus, type Tally } from './tally.ts';

/** The numbers as people are shown them. What is archived or cancelled is in none of the first three. */
export function statsView(tally: Tally): StatsView {
  const counts = byStatus(tally);
  const inCategory = (category: StatusCategory): number =>
    TASK_STATUSES.filter((status) => CATEGORY_BY_STATUS[status] === category).reduce(
      (sum, status) => sum + (counts[status] ?? 0),
      0,
    );
  return {
    numberOfTasksCompleted: inCategory('completed'),
    numberOfTasksFailed: inCategory('failed'),
    numberOfTasksInProgress: inCategory('in_progress'),
    byStatus: counts,
    byQueue: byQueue(tally),
  };
}
