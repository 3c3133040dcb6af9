import type { Command } from 'commander';
import { pause } from '../../../shared/clock.ts';
import { renderReport } from '../../../shared/report/report.ts';
import { isFinal } from '../../../shared/task-log/status.ts';
import type { TaskQueries, TaskRecord, TaskSummary } from '../../../shared/task-log/task-log.ts';
import type { Cli } from '../cli.ts';
import { interruption } from '../terminal/keyboard.ts';
import { startProgress } from '../terminal/progress.ts';
import { printable } from '../terminal/text.ts';
import { EXIT } from './cli-error.ts';
import { wholeNumber } from './options/parse-option.ts';

/** Options of a command that can wait for the tasks it enqueues. */
export type WaitFlags = {
  readonly wait?: boolean | undefined;
  /** In seconds. */
  readonly timeout?: number | undefined;
};

export const withWaitOptions = (command: Command): Command =>
  command
    .option('--wait', 'Wait for the end and print the report; the exit code is 1 unless completed')
    .option('--timeout <seconds>', 'Longest time to wait, 1 or more', wholeNumber(1));

export const timeoutProblem = ({ wait, timeout }: WaitFlags): string | undefined =>
  timeout !== undefined && !wait ? '--timeout needs --wait.' : undefined;

/** Short tasks are seen at once, and long ones cost few reads. */
const WAIT_PAUSES = { firstMs: 100, longestMs: 2000, growth: 1.4 };

export type Waited = {
  readonly id: string;
  /** Absent if the task has no record yet. */
  readonly record: TaskRecord | undefined;
  readonly isEnded: boolean;
};

/** Waits until the tasks have ended, the time is up, or Ctrl-C. Each look costs half a read unit. */
export async function awaitEnds(
  ids: readonly string[],
  log: TaskQueries,
  cli: Cli,
  timeoutSeconds = Number.POSITIVE_INFINITY,
): Promise<Waited[]> {
  const signal = interruption(cli);
  const startedAt = Date.now();
  const deadline = startedAt + timeoutSeconds * 1000;
  const progress = startProgress(cli, ids.length > 1 ? ids.length : undefined);
  const { firstMs, longestMs, growth } = WAIT_PAUSES;
  let open = [...ids];
  for (let pauseMs = firstMs; ; pauseMs = Math.min(pauseMs * growth, longestMs)) {
    const looks = await Promise.all(open.map((id) => log.getSummary(id, 'soon')));
    open = open.filter((_id, index) => !isFinal(looks[index]?.status ?? 'enqueued'));
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    const [first] = looks;
    progress.update(ids.length - open.length, `${first?.status ?? 'enqueued'}, ${seconds} s`);
    if (open.length === 0 || signal.aborted || Date.now() >= deadline) break;
    await pause(Math.min(pauseMs, deadline - Date.now()), signal);
  }
  progress.end();
  const records = await Promise.all(ids.map((id) => log.get(id)));
  return ids.map((id, index) => ({ id, record: records[index], isEnded: !open.includes(id) }));
}

/** Sets the exit code of a command that waited: 1 unless all tasks completed. */
export function noteOutcome(waited: readonly Waited[], cli: Cli): void {
  const open = waited.filter(({ isEnded }) => !isEnded).length;
  if (open > 0) cli.note(`Stopped waiting: ${open} of ${waited.length} tasks have not ended.`);
  if (waited.some(({ record }) => record?.status !== 'completed')) {
    cli.run.exitCode ??= EXIT.refused;
  }
}

/** The output for one task that was waited for. */
export const outcomeText = ({ record }: Waited): string =>
  record?.report ? `${printable(renderReport(record.report))}\n` : '';

export const outcomeJson = ({ record }: Waited): object => ({
  status: record?.status ?? 'enqueued',
  report: record?.report,
});

/** Short tasks are seen at once; long ones are read less and less often. */
const FOLLOW_PAUSES = { firstMs: 200, longestMs: 2000, growth: 1.3 };

type FollowOptions = {
  readonly log: Pick<TaskQueries, 'getSummary'>;
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
  { log, signal, wait = pause }: FollowOptions,
): AsyncGenerator<TaskSummary> {
  let last = task;
  yield last;
  let pauseMs = FOLLOW_PAUSES.firstMs;
  while (!isFinal(last.status)) {
    await wait(pauseMs, signal);
    if (signal.aborted) return;
    pauseMs = Math.min(pauseMs * FOLLOW_PAUSES.growth, FOLLOW_PAUSES.longestMs);
    const now = await log.getSummary(task.id, 'soon');
    if (now === undefined) return;
    if (stateOf(now) !== stateOf(last)) yield now;
    last = now;
  }
}

const stateOf = ({ status, progress, cancelRequestedAt }: TaskSummary): string =>
  JSON.stringify([status, progress, cancelRequestedAt]);
