import type { ControlStore } from '../control/control-store.ts';
import { TaskQueueError } from '../errors.ts';
import { CATEGORY_BY_STATUS, TASK_STATUSES } from '../task-log/status.ts';
import type { TaskQueries } from '../task-log/task-log.ts';
import { type Finding, findingsOf } from './finding.ts';

/** A task log that the configuration no longer names. */
export type OtherLog = {
  /** For people: `table "task-log"`. */
  readonly title: string;
  readonly log: Pick<TaskQueries, 'list'>;
  readonly control: Pick<ControlStore, 'read'>;
};

/** Counting stops here: there may be very many. */
const MOST = 100;

const UNFINISHED = TASK_STATUSES.filter((status) =>
  ['created', 'in_progress'].includes(CATEGORY_BY_STATUS[status]),
);

/** Warns about unfinished tasks and live settings in task logs that the configuration no longer names. */
export async function previousLogFindings(others: readonly OtherLog[]): Promise<Finding[]> {
  return (await Promise.all(others.map(findingsIn))).flat();
}

async function findingsIn({ title, log, control }: OtherLog): Promise<Finding[]> {
  try {
    const [{ tasks, next }, { overrides }] = await Promise.all([
      log.list({ statuses: UNFINISHED, limit: MOST }),
      control.read(),
    ]);
    const count = next === undefined ? String(tasks.length) : `${tasks.length} or more`;
    return findingsOf(
      title,
      [
        tasks.length > 0,
        'warning',
        {
          message: `it is no longer the task log, but has records of unfinished tasks: ${count}`,
          fix:
            'Their ends are stored in the new task log, but parents here wait forever for their children. ' +
            'If that matters, go back to this log until all tasks have ended.',
        },
      ],
      [
        Object.keys(overrides).length > 0,
        'warning',
        {
          message: 'it is no longer the task log, so its live settings and pauses no longer apply',
          fix: 'Set them again: `task-queue pause`, `weights`, `init --live`.',
        },
      ],
    );
  } catch (cause) {
    // The log may have been deleted.
    if (cause instanceof TaskQueueError) return [];
    throw cause;
  }
}
