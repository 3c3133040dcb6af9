/** Thrown by a handler: trying again will not help. The task fails now, without further attempts. */
export class PermanentTaskError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentTaskError';
  }
}

/** Thrown by a handler: not now, and not a failure. The task runs again later, no attempt is used. */
export class RetryLaterError extends Error {
  readonly delaySeconds: number;

  /** @param delaySeconds 1 to 43,000: an SQS message can stay hidden for 12 h, its run included */
  constructor(delaySeconds: number, message = `asked to run again in ${delaySeconds} s`) {
    super(message);
    this.name = 'RetryLaterError';
    this.delaySeconds = Math.min(Math.max(Math.ceil(delaySeconds) || 1, 1), 43_000);
  }
}
