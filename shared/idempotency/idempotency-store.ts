export type IdempotencyKey = {
  /** The owner of the key. Keys of different owners do not conflict. At most 1,024 bytes. */
  readonly owner: string;
  /** 1 to 255 printable ASCII characters. */
  readonly key: string;
};

/** A key with its first request. */
export type Reservation = {
  /** The digest of the first request. */
  readonly fingerprint: string;
  /** When the first request arrived, in milliseconds since 1970. */
  readonly createdAt: number;
  /** True if this is the first request. May be false for it too, when it is repeated after an error. */
  readonly isNew: boolean;
};

/** How long a key is kept. A day lets clients repeat requests after an outage. */
export const KEY_LIFETIME_SECONDS = 86_400;

/**
 * Remembers the first request of each key for a day. A repeated request makes the same tasks, and
 * another request under the same key is a conflict.
 *
 * Every adapter passes the suite in test/contract/idempotency-store-contract.ts.
 *
 * @throws {LogUnavailableError} when the store cannot be reached
 */
export interface IdempotencyStore {
  /** Gives the key to this request, unless another one has it. Atomic, and safe to repeat. */
  reserve(key: IdempotencyKey, fingerprint: string): Promise<Reservation>;
}
