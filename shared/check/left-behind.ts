import type { ControlStore } from '../control/control-store.ts';
import { TaskQueueError } from '../errors.ts';
import { CATEGORY_BY_STATUS, TASK_STATUSES } from '../task-log/status.ts';
import type { TaskLog } from '../task-log/task-log.ts';
import { type Finding, findingsOf } from './finding.ts';

/** A task log that nothing writes to any more, as far as the configuration says. */
export type OtherLog = {
  /** For people: `table "task-log"`. */
  readonly title: string;
  readonly log: Pick<TaskLog, 'list'>;
  readonly control: Pick<ControlStore, 'read'>;
};

/** More is not counted: it may be very many. */
const MOST = 100;

const UNFINISHED = TASK_STATUSES.filter((status) =>
  ['created', 'in_progress'].includes(CATEGORY_BY_STATUS[status]),
);

/** What a task log holds, from before the configuration named another one, that somebody still waits for. */
export async function leftBehind(others: readonly OtherLog[]): Promise<Finding[]> {
  return (await Promise.all(others.map(leftIn))).flat();
}

async function leftIn({ title, log, control }: OtherLog): Promise<Finding[]> {
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
          message: `it is no longer the task log, and has records of tasks that have not ended: ${count}`,
          fix:
            'Their ends are stored in the new one, but parents that wait for children here wait for ever: ' +
            'if that matters, go back until all have ended.',
        },
      ],
      [
        Object.keys(overrides).length > 0,
        'warning',
        {
          message: 'it is no longer the task log, and its live settings, pauses too, apply no more',
          fix: 'Set them again: `task-queue pause`, `weights`, `init --live`.',
        },
      ],
    );
  } catch (cause) {
    // It may have gone, with all that was in it.
    if (cause instanceof TaskQueueError) return [];
    throw cause;
  }
}
