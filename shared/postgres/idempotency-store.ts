import { type Clock, isoTime, systemClock } from '../clock.ts';
import {
  type IdempotencyKey,
  type IdempotencyStore,
  KEY_LIFETIME_SECONDS,
  type Reservation,
} from '../idempotency/idempotency-store.ts';
import type { SqlDatabase } from './sql.ts';

type KeyRow = { readonly fingerprint: string; readonly created_at: Date };

/** Idempotency keys in PostgreSQL: one row for each. */
export class PostgresIdempotencyStore implements IdempotencyStore {
  readonly #database: SqlDatabase;
  readonly #clock: Clock;

  constructor(database: SqlDatabase, clock: Clock = systemClock) {
    this.#database = database;
    this.#clock = clock;
  }

  async reserve({ owner, key }: IdempotencyKey, fingerprint: string): Promise<Reservation> {
    const createdAt = this.#clock.now();
    const expired = isoTime(createdAt - KEY_LIFETIME_SECONDS * 1000);
    const taken = await this.#database.query({
      text: `insert into task_queue.idempotency_keys as k (owner, key, fingerprint, created_at) values ($1, $2, $3, $4)
       on conflict (owner, key) do update
         set fingerprint = excluded.fingerprint, created_at = excluded.created_at
         where k.created_at <= $5
       returning key`,
      values: [owner, key, fingerprint, isoTime(createdAt), expired],
    });
    if (taken.length > 0) return { fingerprint, createdAt, isNew: true };
    const [found] = await this.#database.query<KeyRow>({
      text: 'select fingerprint, created_at from task_queue.idempotency_keys where owner = $1 and key = $2',
      values: [owner, key],
    });
    // It expired, and was removed, between the two statements.
    if (!found) return this.reserve({ owner, key }, fingerprint);
    return { fingerprint: found.fingerprint, createdAt: found.created_at.getTime(), isNew: false };
  }
}
