import { renderReport } from '../../../shared/report/render-report.ts';
import { CATEGORY_BY_STATUS, type StatusCategory } from '../../../shared/task-log/status.ts';
import type { TaskRecord, TaskSummary } from '../../../shared/task-log/task-log.ts';
import { paint } from '../terminal/paint.ts';
import { printable, printableLine } from '../terminal/printable.ts';
import { textTable } from '../terminal/text-table.ts';

const COLOURS = {
  created: 'cyan',
  in_progress: 'blue',
  completed: 'green',
  failed: 'red',
  archived: 'dim',
  cancelled: 'yellow',
} as const satisfies Record<StatusCategory, string>;

type State = Pick<TaskSummary, 'status' | 'progress' | 'cancelRequestedAt'>;

/** `running 40 %, rows read` */
export function stateText({ status, progress, cancelRequestedAt }: State): string {
  const category = CATEGORY_BY_STATUS[status];
  const isInProgress = category === 'in_progress';
  const shown = isInProgress && progress ? ` ${progress.percent} %` : '';
  const message = isInProgress && progress?.message ? `, ${printableLine(progress.message)}` : '';
  const cancelling = isInProgress && cancelRequestedAt ? ', to be cancelled' : '';
  return paint(COLOURS[category], status) + shown + message + cancelling;
}

/** One line each. */
export const taskTable = (tasks: readonly TaskSummary[]): string =>
  textTable(
    ['id', 'name', 'queue', 'status', 'created', 'owner', 'label'],
    tasks.map(({ id, name, queue, createdAt, owner = '', label, ...task }) => [
      id,
      printableLine(name),
      queue,
      stateText(task),
      secondOf(createdAt),
      printableLine(owner),
      label === name ? '' : printableLine(label),
    ]),
  );

/** `2026-11-24 09:30:00`, UTC. */
const secondOf = (time: string): string => time.slice(0, 19).replace('T', ' ');

/** All that is known of a task: fields, parameters, report. */
export function taskDetails(task: TaskRecord): string {
  const { parameters, report } = task;
  const fields = textTable(['', ''], fieldsOf(task)).trimStart();
  const json = printable(JSON.stringify(parameters, null, 2));
  const reported = report ? `\nreport\n${printable(renderReport(report, '  '))}\n` : '';
  return `${fields}\nparameters\n${json.replaceAll(/^/gm, '  ')}\n${reported}`;
}

function fieldsOf(task: TaskRecord): (readonly [string, string])[] {
  const { file } = task;
  const fields = {
    id: task.id,
    name: printableLine(task.name),
    label: printableLine(task.label),
    status: stateText(task),
    queue: task.queue,
    owner: task.owner && printableLine(task.owner),
    parent: task.parentId,
    'retry of': task.retryOf,
    attempts: String(task.attempt),
    created: task.createdAt,
    started: task.startedAt,
    finished: task.finishedAt,
    updated: task.updatedAt,
    file:
      file &&
      `${printableLine(file.name)}, ${file.bytes} bytes, ${printableLine(file.contentType)}`,
  };
  return Object.entries(fields).flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}
