import type { Clock } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { DAY_SECONDS, RETENTION_DAYS } from '../limits.ts';
import { CATEGORY_BY_STATUS, type FinalCategory, type FinalStatus } from './status.ts';

/** Days that records are kept after their task has ended: all of them, or by how it ended. */
export type RetentionDays = TaskQueueConfig['taskLog']['retentionDays'];

/** When items may be deleted by DynamoDB: seconds since 1970, from now on. */
export class Expiry {
  readonly #days: Record<FinalCategory, number>;
  readonly #clock: Clock;

  constructor(retentionDays: RetentionDays, clock: Clock) {
    this.#days =
      typeof retentionDays === 'number'
        ? {
            completed: retentionDays,
            failed: retentionDays,
            cancelled: retentionDays,
            archived: retentionDays,
          }
        : retentionDays;
    this.#clock = clock;
  }

  /** Expiry of a task that has ended, and whose message is being acknowledged. */
  ofEnded(status: FinalStatus): number {
    return this.#in(this.#daysOf(status));
  }

  /** Expiry of a task that ended before its message arrived. Without the record the message would run. */
  ofEndedEarly(status: FinalStatus): number {
    return this.#in(Math.max(this.#daysOf(status), RETENTION_DAYS));
  }

  /**
   * Expiry of a task that is archived after its end: its parameters, report and file are not kept longer
   * than the longest retention, so neither is the record. One that was cancelled may still have a
   * message to come.
   * @param finishedAt ISO 8601
   */
  ofArchived(before: FinalStatus, finishedAt: string): number {
    const daysAfterEnd = (days: number): number =>
      Math.ceil(Date.parse(finishedAt) / 1000) + days * DAY_SECONDS;
    const expiresAt = Math.min(this.ofEnded('archived'), daysAfterEnd(this.#longestDays));
    return before === 'cancelled' ? Math.max(expiresAt, daysAfterEnd(RETENTION_DAYS)) : expiresAt;
  }

  /** Expiry of an unfinished task: not before SQS deletes its message. */
  get ofUnfinished(): number {
    return this.#in(this.#unfinishedDays);
  }

  /**
   * Expiry of parameters and reports: while the task may still end, they outlive its record. The same
   * holds for a parent and its open children, which may end at any time.
   */
  get ofOverflow(): number {
    return this.#in(2 * this.#unfinishedDays);
  }

  /**
   * Whether parameters that were written when the task was created may expire before its record, which
   * a claim renews. They last as long as two renewals.
   * @param createdAt ISO 8601
   */
  areParametersOld(createdAt: string): boolean {
    const ageSeconds = (this.#clock.now() - Date.parse(createdAt)) / 1000;
    return ageSeconds > this.#unfinishedDays * DAY_SECONDS;
  }

  get #unfinishedDays(): number {
    return Math.max(this.#longestDays, RETENTION_DAYS);
  }

  /** However the task may end yet. */
  get #longestDays(): number {
    return Math.max(...Object.values(this.#days));
  }

  #daysOf(status: FinalStatus): number {
    return this.#days[CATEGORY_BY_STATUS[status]];
  }

  #in(days: number): number {
    return Math.ceil(this.#clock.now() / 1000) + days * DAY_SECONDS;
  }
}
