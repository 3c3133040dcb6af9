import { Distribution } from '../distribution.ts';
import type { TaskFilter } from './task-filter.ts';
import type { TaskSummary } from './task-log.ts';

/** Rounded to microseconds. The quantiles are right within 2 %, the others exact. */
export type ExecutionTimes = {
  readonly name: string;
  /** Tasks that ran to an end. */
  readonly count: number;
  readonly minSeconds: number;
  readonly meanSeconds: number;
  readonly p50Seconds: number;
  readonly p95Seconds: number;
  readonly maxSeconds: number;
};

/** The tasks that ran to an end, those included that have been archived since. */
export const RAN_TO_AN_END: Pick<TaskFilter, 'statuses'> = {
  statuses: ['completed', 'failed', 'archived'],
};

/** The fields that are read of each task. */
export const EXECUTION_FIELDS = ['name', 'startedAt', 'finishedAt'] as const;
type Executed = Pick<TaskSummary, (typeof EXECUTION_FIELDS)[number]>;

/** How long the latest attempt of each task took, by task name: any number of tasks in little memory. */
export class ExecutionTimesByName {
  readonly #secondsByName = new Map<string, Distribution>();

  add({ name, startedAt, finishedAt }: Executed): void {
    // Archived without ever having run.
    if (startedAt === undefined || finishedAt === undefined) return;
    const seconds = this.#secondsByName.get(name) ?? new Distribution();
    // The clocks of two machines may disagree, when one began and another ended the task.
    seconds.add(Math.max((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000, 0));
    this.#secondsByName.set(name, seconds);
  }

  /** Sorted by name. */
  summary(): ExecutionTimes[] {
    const entries = [...this.#secondsByName].sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.map(([name, seconds]) => ({
      name,
      count: seconds.count,
      minSeconds: seconds.min,
      meanSeconds: rounded(seconds.mean),
      p50Seconds: rounded(seconds.quantile(0.5)),
      p95Seconds: rounded(seconds.quantile(0.95)),
      maxSeconds: seconds.max,
    }));
  }
}

/** Rounds seconds to microseconds: a mean of binary fractions prints as 0.015200000000000002. */
const rounded = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;
