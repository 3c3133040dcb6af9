import type { QueueDepth } from '../broker/broker.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import type { FieldProblem } from '../errors.ts';
import type { StatusCategory, TaskStatus } from '../task-log/status.ts';
import type { Progress, TaskRecord, TaskSummary } from '../task-log/task-log.ts';

/** What the HTTP API answers, for those who make the answers and those who read them. */

/** What people are shown of a status. */
export type StatusInWords = {
  readonly statusCategory: StatusCategory;
  readonly statusLabel: string;
};

/** A task as lists show it: without its parameters and report. */
export type TaskSummaryView = TaskSummary & StatusInWords;

export type TaskView = TaskRecord & StatusInWords;

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
};

/** Stored durably: it will run. */
export type EnqueuedView = { readonly id: string; readonly queue: string };

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
