import type { Delivery } from '../../broker/broker.ts';
import type { Statement } from '../sql.ts';
import { CLAIM, type ClaimedRow, type NothingRow } from './statements.ts';

type Rows = Promise<(ClaimedRow | NothingRow)[]>;

export type Claimed = {
  /** The longest visible first. */
  readonly deliveries: Delivery[];
  /** When there were some: what the server's clock said, in milliseconds since 1970. */
  readonly at?: number;
  /** When there was none: milliseconds until one becomes visible that is there already. */
  readonly nextInMs?: number | undefined;
};

/**
 * How far a claim looks back now and then: a message may be committed after younger ones. Sending a
 * batch takes no longer than 8 s.
 */
const LOOK_BACK_SECONDS = 10;
const LOOK_BACK_EVERY_MS = 1000;

/**
 * How often a claim begins with the oldest while there are others: a claim may have been undone, or a
 * message sent in somebody's longer transaction.
 */
const FROM_THE_OLDEST_EVERY_MS = 20_000;

const THE_OLDEST = Number.NEGATIVE_INFINITY;

/**
 * Claims messages of one queue. What was claimed and deleted lies dead at the head of the index until
 * vacuum has passed, or for hours if some long transaction elsewhere still sees it. So a claim begins
 * where the last one ended, and costs the same however much of that there is.
 */
export class PostgresReceives {
  readonly #queue: string;
  readonly #query: (statement: Statement) => Rows;
  /** Where the last claim ended, in seconds since 1970. */
  #claimedTo = THE_OLDEST;
  #lookedBackAt = Number.NEGATIVE_INFINITY;
  #fromTheOldestAt = Number.NEGATIVE_INFINITY;

  constructor(queue: string, query: (statement: Statement) => Rows) {
    this.#queue = queue;
    this.#query = query;
  }

  async claim(max: number, leaseSeconds: number): Promise<Claimed> {
    const values = [this.#queue, max, leaseSeconds, this.#begin()];
    const rows = await this.#query({ ...CLAIM, values });
    const claimed = rows.filter((row) => row.message_id !== null).toSorted(byVisibility);
    this.#claimedTo = claimed.at(-1)?.was_visible_at ?? this.#claimedTo;
    const [first] = claimed;
    if (first) return { deliveries: claimed.map(toDelivery), at: first.now * 1000 };
    const nextIn = rows.find((row) => row.message_id === null)?.next_in;
    return { deliveries: [], nextInMs: nextIn == null ? undefined : Math.ceil(nextIn * 1000) };
  }

  #begin(): number {
    const now = performance.now();
    if (now - this.#fromTheOldestAt > FROM_THE_OLDEST_EVERY_MS) {
      this.#fromTheOldestAt = now;
      return THE_OLDEST;
    }
    if (now - this.#lookedBackAt > LOOK_BACK_EVERY_MS) {
      this.#lookedBackAt = now;
      return this.#claimedTo - LOOK_BACK_SECONDS;
    }
    return this.#claimedTo;
  }
}

const byVisibility = (one: ClaimedRow, other: ClaimedRow): number =>
  one.was_visible_at - other.was_visible_at;

const toDelivery = (row: ClaimedRow): Delivery => ({
  body: row.message_body,
  messageId: row.message_id,
  sentAt: Math.round(row.sent_at * 1000),
  receiveCount: row.received,
  receipt: String(row.received),
});
