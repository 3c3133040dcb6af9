import { defined } from '../../defined.ts';
import type { JsonValue } from '../../json.ts';
import type { Report } from '../../report/report.ts';
import type { Task } from '../../task/task.ts';
import type { StoredFile } from '../../task/task-context.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import type { TaskProgress, TaskSummary } from '../../task-log/task-log.ts';

/** The columns of a TaskSummary. */
export const SUMMARY_COLUMNS = `id, name, label, owner, parent_id, retry_of, master_status, queue, status,
  claims, snoozes, due_at, created_at, updated_at, started_at, finished_at, cancel_requested_at, progress, file`;

export type SummaryRow = {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly owner: string | null;
  readonly parent_id: string | null;
  readonly retry_of: string | null;
  readonly master_status: boolean;
  readonly queue: string;
  readonly status: TaskStatus;
  readonly claims: number;
  readonly snoozes: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly due_at: Date | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly cancel_requested_at: Date | null;
  readonly progress: TaskProgress | null;
  readonly file: StoredFile | null;
};

/** A whole row of the table. */
export type TaskRow = SummaryRow & {
  readonly parameters: JsonValue;
  readonly parameters_at: string | null;
  readonly report: Report | null;
  readonly holder: string | null;
  readonly lease_until: Date | null;
  readonly has_children: boolean;
};

export const summaryOfRow = (row: SummaryRow): TaskSummary =>
  defined({
    id: row.id,
    name: row.name,
    label: row.label,
    owner: row.owner ?? undefined,
    parentId: row.parent_id ?? undefined,
    retryOf: row.retry_of ?? undefined,
    masterStatus: row.master_status,
    queue: row.queue,
    status: row.status,
    attempt: row.claims - row.snoozes,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    dueAt: timeOf(row.due_at),
    startedAt: timeOf(row.started_at),
    finishedAt: timeOf(row.finished_at),
    cancelRequestedAt: timeOf(row.cancel_requested_at),
    progress: row.progress ?? undefined,
    file: row.file ?? undefined,
  });

const timeOf = (date: Date | null): string | undefined => date?.toISOString();

/** The columns that come with the task itself, in the order of `taskValues`. */
export const TASK_COLUMNS = `id, name, label, owner, parent_id, retry_of, master_status, parameters,
  parameters_at, created_at, queue`;
export const TASK_PLACES = '$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11';

export const taskValues = (task: Task, queue: string): unknown[] => [
  task.id,
  task.name,
  task.label,
  task.owner ?? null,
  task.parentId ?? null,
  task.retryOf ?? null,
  task.masterStatus,
  JSON.stringify(task.parameters),
  task.parametersAt ?? null,
  task.createdAt,
  queue,
];
