import { isoTime } from '../../clock.ts';
import { defined } from '../../defined.ts';
import type { JsonValue } from '../../json.ts';
import type { Report } from '../../report/report.ts';
import type { Task } from '../../task/task.ts';
import type { StoredFile } from '../../task/task-context.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import type { TaskProgress, TaskSummary } from '../../task-log/task-log.ts';
import { millis } from '../sql.ts';

/** The columns of a TaskSummary. */
export const SUMMARY_COLUMNS = `id, name, label, owner, parent_id, retry_of, master_status, queue, status,
  claims, snoozes, ${[
    'due_at',
    'created_at',
    'updated_at',
    'started_at',
    'finished_at',
    'cancel_requested_at',
  ]
    .map((time) => `${millis(time)} as ${time}`)
    .join(', ')}, progress, file`;

/** All times are in milliseconds since 1970. */
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
  readonly created_at: number;
  readonly updated_at: number;
  readonly due_at: number | null;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  readonly cancel_requested_at: number | null;
  readonly progress: TaskProgress | null;
  readonly file: StoredFile | null;
};

/** A whole row of the table. */
export type TaskRow = SummaryRow & {
  readonly parameters: JsonValue;
  readonly parameters_at: string | null;
  readonly report: Report | null;
  readonly holder: string | null;
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
    createdAt: isoTime(row.created_at),
    updatedAt: isoTime(row.updated_at),
    dueAt: timeIn(row.due_at),
    startedAt: timeIn(row.started_at),
    finishedAt: timeIn(row.finished_at),
    cancelRequestedAt: timeIn(row.cancel_requested_at),
    progress: row.progress ?? undefined,
    file: row.file ?? undefined,
  });

const timeIn = (time: number | null): string | undefined =>
  time === null ? undefined : isoTime(time);

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
