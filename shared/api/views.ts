import type { QueueDepth } from '../broker/broker.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import type { FieldProblem } from '../errors.ts';
import { byQueue, byStatus, type Tally } from '../stats/tally.ts';
import type { TaskCatalogue, TaskCategory } from '../task/task-definition.ts';
import type { ExecutionTimes } from '../task-log/execution-times.ts';
import {
  CATEGORY_BY_STATUS,
  LABEL_BY_CATEGORY,
  type StatusCategory,
  TASK_STATUSES,
  type TaskStatus,
} from '../task-log/status.ts';
import { downloadableFile } from '../task-log/task-file.ts';
import type { TaskProgress, TaskRecord, TaskSummary } from '../task-log/task-log.ts';

// The response bodies of the HTTP API, and the functions that make them from records.

/** A status as people see it. */
export type StatusInWords = {
  readonly statusCategory: StatusCategory;
  readonly statusLabel: string;
};

/** A task in a list, without its parameters and report. */
export type TaskSummaryView = Shown<TaskSummary>;

export type TaskView = Shown<TaskRecord>;

type Shown<Task> = Omit<Task, 'file'> &
  StatusInWords & {
    readonly category: TaskCategory;
    /** True when GET /tasks/{id}/file has a file. */
    readonly hasFile: boolean;
  };

export type StatusView = StatusInWords & {
  readonly id: string;
  readonly status: TaskStatus;
  /** Present while the task runs. */
  readonly progress?: TaskProgress;
};

export type TaskPageView = {
  readonly tasks: readonly TaskSummaryView[];
  /** The cursor of the next page. Absent on the last page. */
  readonly next?: string;
  /** With `offset`: the number of records read. */
  readonly recordsRead?: number;
};

/** A page in the form of TAO's data table. */
export type TaskTableView = {
  readonly rows: number;
  readonly page: number;
  /** Rows on this page. */
  readonly amount: number;
  /** Number of pages. */
  readonly total: number;
  /** Number of all matches. */
  readonly records: number;
  readonly data: readonly TaskSummaryView[];
  readonly recordsRead: number;
};

/** The download link of a task's file. */
export type FileView = {
  /** Downloads the file without further credentials. */
  readonly url: string;
  readonly name: string;
  readonly bytes: number;
  readonly contentType: string;
  /** When the link expires. */
  readonly expiresAt: string;
};

/** A task that is stored durably and will run. */
export type EnqueuedView = { readonly id: string; readonly queue: string };

export type RetriedView = EnqueuedView & { readonly retryOf: string };

/** One item for each task of an array, in order. */
export type EnqueuedManyView = { readonly items: readonly (EnqueuedView | Problem)[] };

export type QueueView = {
  readonly name: string;
  readonly weight: number;
  /** The share of the work while every queue has tasks, 0 to 1. */
  readonly share: number;
  readonly broker: TaskQueueConfig['queues'][number]['broker']['type'];
  /** Receives tasks that are not associated with a queue. */
  readonly isDefault: boolean;
  /** Approximate. */
  readonly depth: QueueDepth;
};

export type QueuesView = { readonly queues: readonly QueueView[] };

export type StatsView = {
  readonly numberOfTasksCompleted: number;
  readonly numberOfTasksFailed: number;
  readonly numberOfTasksInProgress: number;
  readonly byStatus: Readonly<Partial<Record<TaskStatus, number>>>;
  readonly byQueue: Readonly<Record<string, StatsView['byStatus']>>;
};

export type ExecutionTimesView = {
  readonly from: string;
  readonly to: string;
  readonly tasks: readonly ExecutionTimes[];
  readonly recordsRead: number;
};

/** An RFC 9457 problem with a code of this API and, for invalid input, every field that is wrong. */
export type Problem = {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  /** Stable. Switch on it, never on the texts. */
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldProblem[];
};

/** Shows a task to people: the record with its category and with its status in words. */
export function taskView<Task extends TaskSummary | TaskRecord>(
  task: Task,
  catalogue: TaskCatalogue,
) {
  const { file: _, ...shown } = task;
  return {
    ...shown,
    category: catalogue.categoryOf(task.name),
    hasFile: downloadableFile(task, catalogue) !== undefined,
    ...inWords(task.status),
  };
}

export const statusView = ({ id, status, progress }: TaskSummary): StatusView => ({
  id,
  status,
  ...inWords(status),
  progress,
});

function inWords(status: TaskStatus): StatusInWords {
  const statusCategory = CATEGORY_BY_STATUS[status];
  return { statusCategory, statusLabel: LABEL_BY_CATEGORY[statusCategory] };
}

/** Shows counts to people. The first three leave out archived and cancelled tasks. */
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
