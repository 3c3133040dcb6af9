import { type Clock, systemClock } from '../clock.ts';
import {
  type IdempotencyKey,
  type IdempotencyStore,
  KEY_LIFETIME_SECONDS,
  type Reservation,
} from '../idempotency/idempotency-store.ts';
import type { DynamodbTable } from './table.ts';

type KeyItem = {
  /** Owner and key, so that the keys of one owner spread over the table. */
  readonly pk: string;
  /** The key again: without it, the key `b#c` of `a` would be the key `c` of `a#b`. */
  readonly sk: string;
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Seconds since 1970. */
  readonly expiresAt: number;
};

/** Idempotency keys in the table of the task log: one item, one write unit for each. */
export class DynamodbIdempotencyStore implements IdempotencyStore {
  readonly #table: DynamodbTable;
  readonly #clock: Clock;

  constructor(table: DynamodbTable, clock: Clock = systemClock) {
    this.#table = table;
    this.#clock = clock;
  }

  async reserve({ owner, key }: IdempotencyKey, fingerprint: string): Promise<Reservation> {
    const createdAt = this.#clock.now();
    const item: KeyItem = {
      pk: `K#${owner}#${key}`,
      sk: key,
      fingerprint,
      createdAt,
      expiresAt: Math.ceil(createdAt / 1000) + KEY_LIFETIME_SECONDS,
    };
    const found = (await this.#table.putNewOrFound(item, createdAt)) as KeyItem | undefined;
    if (!found) return { fingerprint, createdAt, isNew: true };
    return { fingerprint: found.fingerprint, createdAt: found.createdAt, isNew: false };
  }
}
