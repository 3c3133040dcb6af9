import type {
  Broker,
  Delivery,
  OutgoingMessage,
  QueueDepth,
  ReceiveOptions,
} from '../../broker/broker.ts';
import { BrokerUnavailableError } from '../../errors.ts';
import { SQS_BATCH } from '../../limits.ts';
import type { PostgresDatabase } from '../database.ts';
import { millis } from '../sql.ts';
import { type QueueQuery, queueQuery, receiptsOf, WAITED_TOO_LONG } from './statements.ts';

type LetterRow = {
  readonly id: string;
  readonly message_id: string;
  readonly body: string;
  readonly reason: string;
  readonly receive_count: number;
  readonly dead_since: number;
  readonly sent_at: number;
};

/**
 * The id of a dead letter: its message and the time of death. A message may die again after a redrive,
 * and the second dead letter must not count as redriven. The time is in microseconds, which a Date
 * of JavaScript does not have.
 */
const LETTER_ID = `
  format('%s-%s', letter.message_id, (extract(epoch FROM letter.dead_since) * 1000000)::bigint)`;

/**
 * Letters as they were received: $1 their ids, $2 receive counts. They are locked in the order of ids, as
 * messages are.
 */
const LOCKED = `
  WITH locked AS MATERIALIZED (
    SELECT letter.message_id, letter.visible_at, held.id
    FROM unnest($1::text[], $2::integer[]) AS held (id, receive_count)
      JOIN task_queue.dead_letters AS letter
        ON letter.message_id = split_part(held.id, '-', 1)::bigint
        AND letter.receive_count = held.receive_count AND ${LETTER_ID} = held.id
    ORDER BY letter.message_id FOR UPDATE OF letter
  )`;

/**
 * The dead letters of one queue in PostgreSQL, as a separate queue: a reader leases them. Only
 * `deadLetter` of the queue itself adds to it.
 */
export class PostgresDeadLetters implements Broker {
  readonly system = 'postgresql';
  readonly maxBatch = SQS_BATCH.entries;
  readonly #queue: string;
  readonly #query: QueueQuery;

  constructor(queue: string, database: PostgresDatabase) {
    this.#queue = queue;
    this.#query = queueQuery(queue, database);
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<(Error | undefined)[]> {
    const refusal = new BrokerUnavailableError(this.#queue, 'dead letters are not sent');
    return messages.map(() => refusal);
  }

  /** Returns at once: no process waits for dead letters. */
  async receive({ max, leaseSeconds }: ReceiveOptions): Promise<Delivery[]> {
    const rows = await this.#query<LetterRow>({
      // Materialized: a subquery may be run once for each row, and each time chooses others.
      text: `
        WITH chosen AS MATERIALIZED (
          SELECT message_id FROM task_queue.dead_letters
          WHERE queue = $1 AND visible_at <= clock_timestamp()
          ORDER BY visible_at LIMIT $2 FOR UPDATE SKIP LOCKED
        )
        UPDATE task_queue.dead_letters AS letter
        SET visible_at = clock_timestamp() + $3 * interval '1 second', receive_count = receive_count + 1
        FROM chosen WHERE letter.message_id = chosen.message_id
        RETURNING ${LETTER_ID} AS id, letter.message_id, body, reason, receive_count,
          ${millis('dead_since')} AS dead_since, ${millis('sent_at')} AS sent_at`,
      values: [this.#queue, max, leaseSeconds],
    });
    return rows.map((row) => ({
      body: row.body,
      messageId: row.id,
      sentAt: row.dead_since,
      receiveCount: row.receive_count,
      receipt: String(row.receive_count),
      deadLetter: {
        reason: row.reason,
        original: { messageId: row.message_id, sentAt: row.sent_at },
        waitedTooLong: row.reason === WAITED_TOO_LONG ? true : undefined,
      },
    }));
  }

  async ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    await this.#query({
      text: `${LOCKED}
        DELETE FROM task_queue.dead_letters AS letter USING locked
        WHERE letter.message_id = locked.message_id`,
      values: receiptsOf(deliveries),
    });
    return [];
  }

  async changeLease(deliveries: readonly Delivery[], seconds: number): Promise<Delivery[]> {
    const rows = await this.#query<{ id: string }>({
      text: `${LOCKED}
        UPDATE task_queue.dead_letters AS letter
        SET visible_at = clock_timestamp() + $3 * interval '1 second'
        FROM locked
        WHERE letter.message_id = locked.message_id AND locked.visible_at > clock_timestamp()
        RETURNING locked.id`,
      values: [...receiptsOf(deliveries), seconds],
    });
    const kept = new Set(rows.map(({ id }) => id));
    return deliveries.filter(({ messageId }) => !kept.has(messageId));
  }

  /** They are dead already. */
  async deadLetter(): Promise<void> {}

  async depth(): Promise<QueueDepth> {
    const [row] = await this.#query<{ waiting: number; leased: number }>({
      text: `
        SELECT count(*) FILTER (WHERE visible_at <= clock_timestamp())::integer AS waiting,
          count(*) FILTER (WHERE visible_at > clock_timestamp())::integer AS leased
        FROM task_queue.dead_letters WHERE queue = $1`,
      values: [this.#queue],
    });
    return { waiting: row?.waiting ?? 0, inFlight: row?.leased ?? 0, delayed: 0 };
  }
}
