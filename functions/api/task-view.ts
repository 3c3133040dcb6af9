import type { StatusInWords, StatusView } from '../../shared/api/views.ts';
import { CATEGORY_BY_STATUS, LABEL_BY_CATEGORY } from '../../shared/task-log/status.ts';
import type { TaskRecord, TaskSummary } from '../../shared/task-log/task-log.ts';

/** A task as the API shows it: the record, and its status in words for people. */
export function taskView<Task extends TaskSummary | TaskRecord>(task: Task): Task & StatusInWords {
  const statusCategory = CATEGORY_BY_STATUS[task.status];
  return { ...task, statusCategory, statusLabel: LABEL_BY_CATEGORY[statusCategory] };
}

export function statusView({ id, status, progress }: TaskSummary): StatusView {
  const statusCategory = CATEGORY_BY_STATUS[status];
  const statusLabel = LABEL_BY_CATEGORY[statusCategory];
  return { id, status, statusCategory, statusLabel, ...(progress ? { progress } : {}) };
}
