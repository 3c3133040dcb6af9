import { pause } from '../clock.ts';
import { isFinal } from './status.ts';
import type { TaskLog, TaskSummary } from './task-log.ts';

/** Short tasks are seen at once; long ones are read less and less often. In milliseconds. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2000;
const GROWTH = 1.3;

type Options = {
  readonly log: Pick<TaskLog, 'getSummary'>;
  /** Aborts when the caller stops following. */
  readonly signal: AbortSignal;
  /** Replaces the clock in tests. */
  readonly wait?: typeof pause;
};

/**
 * Yields the task, then again after each change of its status or progress, until it has ended or
 * expired. Each read costs half a read unit.
 */
export async function* followTask(
  task: TaskSummary,
  { log, signal, wait = pause }: Options,
): AsyncGenerator<TaskSummary> {
  let last = task;
  yield last;
  let pauseMs = FIRST_PAUSE_MS;
  while (!isFinal(last.status)) {
    await wait(pauseMs, signal);
    if (signal.aborted) return;
    pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS);
    const now = await log.getSummary(task.id, 'soon');
    if (now === undefined) return;
    if (stateOf(now) !== stateOf(last)) yield now;
    last = now;
  }
}

const stateOf = ({ status, progress, cancelRequestedAt }: TaskSummary): string =>
  JSON.stringify([status, progress, cancelRequestedAt]);
