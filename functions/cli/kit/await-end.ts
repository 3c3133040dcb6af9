import { pause } from '../../../shared/clock.ts';
import { renderReport } from '../../../shared/report/render-report.ts';
import { isFinal } from '../../../shared/task-log/status.ts';
import type { TaskLog, TaskRecord } from '../../../shared/task-log/task-log.ts';
import type { Cli } from '../cli.ts';
import { interruption } from '../terminal/interruption.ts';
import { printable } from '../terminal/printable.ts';
import { startProgress } from '../terminal/progress.ts';
import { EXIT } from './cli-error.ts';

/** A task that takes no time is told at once, a long one is not asked for five times a second. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;
const GROWTH = 1.4;

export type Waited = {
  readonly id: string;
  /** Absent: it has none yet. */
  readonly record: TaskRecord | undefined;
  /** Has come to its end. */
  readonly isEnded: boolean;
};

/**
 * Waits until tasks have ended, the time is over, or somebody presses Ctrl-C. Each look is half a
 * read unit.
 */
export async function awaitEnds(
  ids: readonly string[],
  log: TaskLog,
  timeoutSeconds = Number.POSITIVE_INFINITY,
): Promise<Waited[]> {
  const signal = interruption();
  const startedAt = Date.now();
  const deadline = startedAt + timeoutSeconds * 1000;
  const progress = startProgress(ids.length > 1 ? ids.length : undefined);
  let open = [...ids];
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * GROWTH, LONGEST_PAUSE_MS)) {
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

/** The exit code of a command that was to wait: 1 unless all have completed. */
export function noteOutcome(waited: readonly Waited[], cli: Cli): void {
  const open = waited.filter(({ isEnded }) => !isEnded).length;
  if (open > 0) cli.note(`${open} of ${waited.length} not ended yet; waiting no longer.`);
  if (waited.some(({ record }) => record?.status !== 'completed')) {
    process.exitCode ??= EXIT.refused;
  }
}

/** What is printed of an end. */
export const outcomeText = ({ record }: Waited): string =>
  record?.report ? `${printable(renderReport(record.report))}\n` : '';

export const outcomeJson = ({ record }: Waited): object => ({
  status: record?.status ?? 'enqueued',
  ...(record?.report && { report: record.report }),
});
