import type { Statement } from '../sql/statement.ts';
import type { Delivery } from './broker.ts';
import { CLAIM, type ClaimedRow, type NothingRow } from './postgres-statements.ts';

type Rows = Promise<(ClaimedRow | NothingRow)[]>;

export type Claimed = {
  /** The longest visible first. */
  readonly deliveries: Delivery[];
  /** When there was none: milliseconds until one becomes visible that is there already. */
  readonly nextInMs?: number | undefined;
};

/**
 * How often a claim begins with the oldest message. Others begin where the last one ended, which
 * misses a message that was committed after younger ones, or whose claim was undone.
 */
const FROM_THE_OLDEST_EVERY_MS = 1000;

const THE_OLDEST = Number.NEGATIVE_INFINITY;

/**
 * Claims messages of one queue. What was claimed and deleted lies dead at the head of the index until
 * vacuum has passed, or for hours if some long transaction elsewhere still sees it. So a claim begins
 * where the last one ended, and costs the same however much of that there is.
 */
export class PostgresClaims {
  readonly #queue: string;
  readonly #query: (statement: Statement) => Rows;
  /** Seconds since 1970. */
  #from = THE_OLDEST;
  #fromTheOldestAt = 0;

  constructor(queue: string, query: (statement: Statement) => Rows) {
    this.#queue = queue;
    this.#query = query;
  }

  async claim(max: number, leaseSeconds: number): Promise<Claimed> {
    const now = performance.now();
    if (now - this.#fromTheOldestAt > FROM_THE_OLDEST_EVERY_MS) this.#from = THE_OLDEST;
    const from = this.#from;
    if (from === THE_OLDEST) this.#fromTheOldestAt = now;
    const rows = await this.#query({ ...CLAIM, values: [this.#queue, max, leaseSeconds, from] });
    const claimed = rows.filter((row) => row.message_id !== null).toSorted(byVisibility);
    this.#from = claimed.at(-1)?.was_visible_at ?? THE_OLDEST;
    if (claimed.length > 0) return { deliveries: claimed.map(toDelivery) };
    // Only the whole queue can be empty.
    if (from !== THE_OLDEST) return this.claim(max, leaseSeconds);
    const nextIn = rows.find((row) => row.message_id === null)?.next_in;
    return { deliveries: [], nextInMs: nextIn == null ? undefined : Math.ceil(nextIn * 1000) };
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
