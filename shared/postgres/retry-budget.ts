/** Retries after a lost connection or a restart of the server end after this time. In milliseconds. */
const GIVE_UP_AFTER_MS = 8000;

/**
 * Aurora pauses after 5 minutes without a connection at the earliest, and takes about 15 s to be back; a
 * caller of the API waits for 29 s at most, with the last attempt.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2-auto-pause.html
 */
const PAUSES_AFTER_MS = 300_000;
const RESUMES_WITHIN_MS = 22_000;

/** Decides how long to retry until a database is given up. */
export class RetryBudget {
  readonly #giveUpAfterMs: number;
  readonly #pauses: boolean;
  readonly #now: () => number;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #resumedBy: number | undefined;

  /** @param now in milliseconds, of any clock that only goes forward */
  constructor({
    giveUpAfterMs = GIVE_UP_AFTER_MS,
    pauses = false,
    now = () => performance.now(),
  }: {
    readonly giveUpAfterMs?: number | undefined;
    readonly pauses?: boolean | undefined;
    readonly now?: () => number;
  }) {
    this.#giveUpAfterMs = giveUpAfterMs;
    this.#pauses = pauses;
    this.#now = now;
  }

  /**
   * When to give up what begins now. A database that may have paused gets the time to come back, once:
   * if it does not, it is an outage, which must not make every call so slow.
   */
  giveUpAt(): number {
    const now = this.#now();
    const soon = now + this.#giveUpAfterMs;
    if (!this.#pauses || now - this.#answeredAt < PAUSES_AFTER_MS) return soon;
    this.#resumedBy ??= now + RESUMES_WITHIN_MS;
    return Math.max(soon, this.#resumedBy);
  }

  answered(): void {
    this.#answeredAt = this.#now();
    this.#resumedBy = undefined;
  }
}
