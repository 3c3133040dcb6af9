import type { TaskCatalogue } from '../task/task-definition.ts';
import { CATEGORY_BY_STATUS, LABEL_BY_CATEGORY } from '../task-log/status.ts';
import { downloadableFile } from '../task-log/task-file.ts';
import type { TaskRecord, TaskSummary } from '../task-log/task-log.ts';
import type { StatusView } from './views.ts';

/** A task as it is shown to people: the record, its category, and its status in words for people. */
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
