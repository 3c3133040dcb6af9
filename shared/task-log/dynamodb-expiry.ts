import type { Clock } from '../clock.ts';

const DAY_SECONDS = 86_400;
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const SQS_RETENTION_SECONDS = 14 * DAY_SECONDS;

/** When items may be deleted by DynamoDB: seconds since 1970, from now on. */
export class Expiry {
  readonly #retentionSeconds: number;
  readonly #clock: Clock;

  constructor(retentionDays: number, clock: Clock) {
    this.#retentionSeconds = retentionDays * DAY_SECONDS;
    this.#clock = clock;
  }

  /** Of a task that has ended. */
  get ofEnded(): number {
    return Math.ceil(this.#clock.now() / 1000) + this.#retentionSeconds;
  }

  /** Of a task that has not: not before SQS would drop the message itself. */
  get ofUnfinished(): number {
    const seconds = Math.max(this.#retentionSeconds, SQS_RETENTION_SECONDS);
    return Math.ceil(this.#clock.now() / 1000) + seconds;
  }

  /** Of parameters and reports: whenever the task may still end, they outlive its record. */
  get ofParts(): number {
    return this.ofUnfinished + this.#retentionSeconds;
  }
}
