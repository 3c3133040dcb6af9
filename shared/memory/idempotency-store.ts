import { type Clock, systemClock } from '../clock.ts';
import {
  type IdempotencyKey,
  type IdempotencyStore,
  KEY_LIFETIME_SECONDS,
  type Reservation,
} from '../idempotency/idempotency-store.ts';

/** Idempotency keys of this process, for tests. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  readonly #clock: Clock;
  readonly #reservations = new Map<string, Reservation>();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async reserve({ owner, key }: IdempotencyKey, fingerprint: string): Promise<Reservation> {
    const now = this.#clock.now();
    const id = JSON.stringify([owner, key]);
    const known = this.#reservations.get(id);
    if (known && now < known.createdAt + KEY_LIFETIME_SECONDS * 1000) return known;
    this.#reservations.set(id, { fingerprint, createdAt: now, isNew: false });
    return { fingerprint, createdAt: now, isNew: true };
  }
}
