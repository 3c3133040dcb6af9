import type { QueueDepth } from '../broker/broker.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import type { FieldProblem } from '../errors.ts';
import type { TaskCategory } from '../task/category.ts';
import type { ExecutionTimes } from '../task-log/execution-times.ts';
import type { StatusCategory, TaskStatus } from '../task-log/status.ts';
import type { Progress, TaskRecord, TaskSummary } from '../task-log/task-log.ts';

/** What the HTTP API answers, for those who make the answers and those who read them. */

/** What people are shown of a status. */
export type StatusInWords = {
  readonly statusCategory: StatusCategory;
  readonly statusLabel: string;
};

/** A task as lists show it: without its parameters and report. */
export type TaskSummaryView = Shown<TaskSummary>;

export type TaskView = Shown<TaskRecord>;

type Shown<Task> = Omit<Task, 'file'> &
  StatusInWords & {
    readonly category: TaskCategory;
    /** There is something at /tasks/{id}/file. */
    readonly hasFile: boolean;
  };

export type StatusView = StatusInWords & {
  readonly id: string;
  readonly status: TaskStatus;
  /** While it runs. */
  readonly progress?: Progress;
};

export type TaskPageView = {
  readonly tasks: readonly TaskSummaryView[];
  /** Cursor of the next page. Absent on the last one. */
  readonly next?: string;
  /** With `offset`: what it cost. */
  readonly recordsRead?: number;
};

/** A page as TAO's data table has it. */
export type TaskTableView = {
  readonly rows: number;
  readonly page: number;
  /** Rows on this page. */
  readonly amount: number;
  /** Pages. */
  readonly total: number;
  /** All that fit. */
  readonly records: number;
  readonly data: readonly TaskSummaryView[];
  readonly recordsRead: number;
};

/** Where the file of a task is. */
export type FileView = {
  /** Downloads the file, whoever has it. */
  readonly url: string;
  readonly name: string;
  readonly bytes: number;
  readonly contentType: string;
  /** When the address stops working. */
  readonly expiresAt: string;
};

/** Stored durably: it will run. */
export type EnqueuedView = { readonly id: string; readonly queue: string };

export type RetriedView = EnqueuedView & { readonly retryOf: string };

/** For each task of an array, in order. */
export type EnqueuedManyView = { readonly items: readonly (EnqueuedView | Problem)[] };

export type QueueView = {
  readonly name: string;
  readonly weight: number;
  /** Of the work while every queue has some, 0 to 1. */
  readonly share: number;
  readonly broker: TaskQueueConfig['queues'][number]['broker']['type'];
  /** Gets the tasks that are associated with no queue. */
  readonly isDefault: boolean;
  /** Approximately. */
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

/** RFC 9457, with our code and, for invalid input, every field that is wrong. */
export type Problem = {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  /** Stable: switch on it, never on the texts. */
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly FieldProblem[];
};
