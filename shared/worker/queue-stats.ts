import { Distribution } from '../distribution.ts';
import type { RunOutcome, WorkerObserver } from './worker-observer.ts';

/** The events of one queue in an interval. */
export class QueueInterval {
  picked = 0;
  emptyReceives = 0;
  /** Seconds from sending to the first claim. */
  readonly pickups = new Distribution();
  /** Seconds in a slot, for every delivery whose task was claimed. */
  readonly runs = new Distribution();
  readonly #outcomes = new Map<RunOutcome, number>();

  add(outcome: RunOutcome): void {
    this.#outcomes.set(outcome, this.countOf(outcome) + 1);
  }

  countOf(outcome: RunOutcome): number {
    return this.#outcomes.get(outcome) ?? 0;
  }

  /** Tasks that need no further delivery. */
  get finished(): number {
    return this.countOf('completed') + this.countOf('failed') + this.countOf('cancelled');
  }
}

/** Deliveries that used a slot and had nothing to run. */
const NOT_RUN: ReadonlySet<RunOutcome> = new Set(['duplicate', 'busy', 'set-aside']);

/** Counts what happens, by queue, until `drain` takes the counts. */
export class QueueStats implements WorkerObserver {
  #intervals = new Map<string, QueueInterval>();

  polled(queue: string, tasks: number): void {
    if (tasks === 0) this.#of(queue).emptyReceives += 1;
  }

  picked(queue: string, waitedSeconds: number | undefined): void {
    const interval = this.#of(queue);
    interval.picked += 1;
    if (waitedSeconds !== undefined) interval.pickups.add(waitedSeconds);
  }

  ended(queue: string, outcome: RunOutcome, runSeconds: number): void {
    const interval = this.#of(queue);
    interval.add(outcome);
    if (!NOT_RUN.has(outcome)) interval.runs.add(runSeconds);
  }

  /** Returns what happened since the last call, by queue. A queue to which nothing happened is absent. */
  drain(): ReadonlyMap<string, QueueInterval> {
    const intervals = this.#intervals;
    this.#intervals = new Map();
    return intervals;
  }

  #of(queue: string): QueueInterval {
    const known = this.#intervals.get(queue);
    if (known) return known;
    const interval = new QueueInterval();
    this.#intervals.set(queue, interval);
    return interval;
  }
}
