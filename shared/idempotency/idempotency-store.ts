export type IdempotencyKey = {
  /** Whose key it is: those of others do not meet it. At most 1,024 bytes. */
  readonly owner: string;
  /** 1 to 255 printable ASCII characters. */
  readonly key: string;
};

/** A key with the request that came first under it. */
export type Reservation = {
  /** Digest of that request. */
  readonly fingerprint: string;
  /** When it came, milliseconds since 1970. */
  readonly createdAt: number;
  /** True: it is this one. A repetition after an error may be told false all the same. */
  readonly isNew: boolean;
};

/** How long a key is remembered: long enough for whoever repeats a request after an outage. */
export const KEY_LIFETIME_SECONDS = 86_400;

/**
 * Remembers for a day which request came under a key, so that its repetitions can be told from
 * others, and make the same tasks.
 *
 * Every adapter passes the suite in test/contract/idempotency-store-contract.ts.
 *
 * @throws {LogUnavailableError} when the store cannot be reached
 */
export interface IdempotencyStore {
  /** Gives the key to this request, unless another one has it. In one step, and safe to repeat. */
  reserve(key: IdempotencyKey, fingerprint: string): Promise<Reservation>;
}
