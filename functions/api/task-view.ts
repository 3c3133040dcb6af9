import type { StatusView } from '../../shared/api/views.ts';
import { downloadableFile } from '../../shared/files/task-file.ts';
import type { TaskCatalogue } from '../../shared/task/task-definition.ts';
import { CATEGORY_BY_STATUS, LABEL_BY_CATEGORY } from '../../shared/task-log/status.ts';
import type { TaskRecord, TaskSummary } from '../../shared/task-log/task-log.ts';

/** A task as the API shows it: the record, its category, and its status in words for people. */
export function taskView<Task extends TaskSummary | TaskRecord>(
  task: Task,
  catalogue: TaskCatalogue,
) {
  const { file: _, ...shown } = task;
  const statusCategory = CATEGORY_BY_STATUS[task.status];
  return {
    ...shown,
    category: catalogue.categoryOf(task.name),
    hasFile: downloadableFile(task, catalogue) !== undefined,
    statusCategory,
    statusLabel: LABEL_BY_CATEGORY[statusCategory],
  };
}

export function statusView({ id, status, progress }: TaskSummary): StatusView {
  const statusCategory = CATEGORY_BY_STATUS[status];
  const statusLabel = LABEL_BY_CATEGORY[statusCategory];
  return { id, status, statusCategory, statusLabel, ...(progress ? { progress } : {}) };
}
