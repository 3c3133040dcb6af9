import type { Delivery } from '../../broker/broker.ts';
import type { Statement } from '../sql.ts';
import type { QueueQuery } from './statements.ts';

/**
 * $1 queue, $2 how many, $3 lease in seconds, $4 since when it is visible, seconds.
 *
 * Not waiting for the disk: if a crash of the server undoes a receive, the lease ends early and the
 * message is delivered again.
 */
export const RECEIVE = {
  text: `
    SELECT received.*, extract(epoch FROM now())::float8 AS now FROM set_config('synchronous_commit', 'off', true),
      task_queue.claim($1, $2, $3, $4) AS received`,
} satisfies Statement;

type ReceivedRow = {
  readonly message_id: string;
  readonly message_body: string;
  readonly received: number;
  /** Seconds since 1970. */
  readonly sent_at: number;
  /** Since when it could be received, in seconds since 1970. */
  readonly was_visible_at: number;
  /** By the server's clock, in seconds since 1970. */
  readonly now: number;
};

/** Nothing received; seconds until there may be something, null if all is empty. */
type NothingRow = { readonly message_id: null; readonly next_in: number | null };

export type Received = {
  /** The longest visible first. */
  readonly deliveries: Delivery[];
  /** When there were some: what the server's clock said, in milliseconds since 1970. */
  readonly at?: number;
  /** When there was none: milliseconds until one becomes visible that is there already. */
  readonly nextInMs?: number | undefined;
};

/**
 * How far a receive looks back now and then: a message may be committed after younger ones. Sending a
 * batch takes no longer than 8 s.
 */
const LOOK_BACK_SECONDS = 10;
const LOOK_BACK_EVERY_MS = 1000;

/**
 * How often a receive begins with the oldest message while there are others. A receive may have been
 * undone, or a message sent in a longer transaction.
 */
const FROM_THE_OLDEST_EVERY_MS = 20_000;

const THE_OLDEST = Number.NEGATIVE_INFINITY;

/**
 * Receives messages of one queue. Deleted messages stay at the head of the index until vacuum has
 * passed, or for hours while a long transaction still sees them. So a receive begins where the last
 * one ended, and costs the same however many there are.
 */
export class PostgresReceiver {
  readonly #queue: string;
  readonly #query: QueueQuery;
  /** Where the last receive ended, in seconds since 1970. */
  #receivedTo = THE_OLDEST;
  #lookedBackAt = Number.NEGATIVE_INFINITY;
  #fromTheOldestAt = Number.NEGATIVE_INFINITY;

  constructor(queue: string, query: QueueQuery) {
    this.#queue = queue;
    this.#query = query;
  }

  async receive(max: number, leaseSeconds: number): Promise<Received> {
    const values = [this.#queue, max, leaseSeconds, this.#begin()];
    const rows = await this.#query<ReceivedRow | NothingRow>({ ...RECEIVE, values });
    const received = rows.filter((row) => row.message_id !== null).toSorted(byVisibility);
    this.#receivedTo = received.at(-1)?.was_visible_at ?? this.#receivedTo;
    const [first] = received;
    if (first) return { deliveries: received.map(toDelivery), at: first.now * 1000 };
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
      return this.#receivedTo - LOOK_BACK_SECONDS;
    }
    return this.#receivedTo;
  }
}

const byVisibility = (one: ReceivedRow, other: ReceivedRow): number =>
  one.was_visible_at - other.was_visible_at;

const toDelivery = (row: ReceivedRow): Delivery => ({
  body: row.message_body,
  messageId: row.message_id,
  sentAt: Math.round(row.sent_at * 1000),
  receiveCount: row.received,
  receipt: String(row.received),
});
