import type { Delivery, QueueDepth, QueueHealth } from '../../broker/broker.ts';
import { BrokerUnavailableError, SchemaMismatchError } from '../../errors.ts';
import type { Sql, Statement } from '../sql.ts';

/** Runs a statement. @throws {BrokerUnavailableError | SchemaMismatchError} */
export type QueueQuery = <Row extends object>(statement: Statement) => Promise<Row[]>;

/** Returns the query function of a queue: the one place where a failure of PostgreSQL becomes ours. */
export const queueQuery =
  (queue: string, sql: Sql): QueueQuery =>
  async <Row extends object>(statement: Statement) => {
    try {
      return await sql.query<Row>(statement);
    } catch (cause) {
      if (cause instanceof SchemaMismatchError) throw cause;
      throw new BrokerUnavailableError(queue, cause);
    }
  };

/** The first two values of a statement about received messages: ids and receive counts. */
export const receiptsOf = (deliveries: readonly Delivery[]): [string[], number[]] => [
  deliveries.map(({ messageId }) => messageId),
  deliveries.map(({ receipt }) => Number(receipt)),
];

/**
 * $1 queue, $2 bodies as a JSON array, $3 delays in seconds. An array of text would take three times as
 * long to write: each quotation mark of each body needs an escape there, which JSON's writer is fast at.
 */
export const PUBLISH = {
  // clock_timestamp: each message its own time, so that they stay in order.
  text: `
    INSERT INTO task_queue.messages (queue, body, visible_at)
    SELECT $1, body, clock_timestamp() + delay * interval '1 second'
    FROM ROWS FROM (json_array_elements_text($2::json), unnest($3::integer[])) AS message (body, delay)`,
} satisfies Statement;

/**
 * The messages of $1 ids and $2 receive counts, locked in the order of their ids: two statements that lock
 * the same messages in different orders wait for each other until the server ends one.
 */
const LOCKED = `
    WITH locked AS MATERIALIZED (
      SELECT message.id, message.visible_at
      FROM unnest($1::bigint[], $2::integer[]) AS held (id, receive_count)
        JOIN task_queue.messages AS message USING (id, receive_count)
      ORDER BY message.id FOR UPDATE OF message
    )`;

/** $1 ids, $2 receive counts. */
export const DELETE = {
  text: `${LOCKED}
    DELETE FROM task_queue.messages AS message USING locked WHERE message.id = locked.id`,
} satisfies Statement;

/** $1 ids, $2 receive counts, $3 seconds from now. Answers for those whose lease has not ended. */
export const CHANGE_LEASE = {
  text: `${LOCKED}
    UPDATE task_queue.messages AS message SET visible_at = now() + $3 * interval '1 second'
    FROM locked WHERE message.id = locked.id AND locked.visible_at > now()
    RETURNING message.id, message.visible_at < locked.visible_at AS is_earlier`,
} satisfies Statement;

export type ChangedRow = { readonly id: string; readonly is_earlier: boolean };

/**
 * $1 id, $2 queue, $3 body, $4 reason, $5 when it was sent. A message that is set aside again, after a
 * crash, takes its letter's place: as another one, which nobody holds and nobody has redriven.
 */
export const DEAD_LETTER = {
  text: `
    INSERT INTO task_queue.dead_letters AS letter (message_id, queue, body, reason, sent_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (message_id) DO UPDATE SET reason = excluded.reason, dead_since = excluded.dead_since,
      visible_at = excluded.visible_at, receive_count = letter.receive_count + 1`,
} satisfies Statement;

/** The reason by which letters are known that no worker gave up. */
export const WAITED_TOO_LONG = 'it waited for 14 days';

/** $1 queue, $2 how far to count. */
const COUNT = {
  text: 'SELECT * FROM task_queue.count_messages($1, $2)',
} satisfies Statement;

/** Also the age of the message that has been visible for longest, and the dead letters. */
const HEALTH = {
  text: `
    SELECT counted.*,
      (SELECT extract(epoch FROM now() - visible_at)::float8 FROM task_queue.messages
        WHERE queue = $1 AND visible_at <= now() ORDER BY visible_at LIMIT 1) AS oldest_wait,
      (SELECT count(*)::integer FROM task_queue.dead_letters WHERE queue = $1) AS dead_letters
    FROM task_queue.count_messages($1, $2) AS counted`,
} satisfies Statement;

type HealthRow = CountRow & {
  /** In seconds; none waits: `null`. */
  readonly oldest_wait: number | null;
  readonly dead_letters: number;
};

type CountRow = {
  readonly visible: number;
  readonly invisible: number;
  readonly in_flight: number;
};

/** $1 queue. The planner's guess, from the table's statistics. */
const estimateOf = (which: 'visible' | 'invisible'): Statement => ({
  text: `
    EXPLAIN (FORMAT JSON) SELECT FROM task_queue.messages
    WHERE queue = $1 AND visible_at ${which === 'visible' ? '<=' : '>'} now()`,
});

type PlanRow = { readonly 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] };

/** Counted one by one up to here, in a few milliseconds. */
const COUNT_UP_TO = 10_000;

/** Messages of a queue: counted, or where there are too many, estimated from the table's statistics. */
export async function depthOf(queue: string, query: QueueQuery): Promise<QueueDepth> {
  const [counted] = await query<CountRow>({ ...COUNT, values: [queue, COUNT_UP_TO] });
  return completed(counted, queue, query);
}

/** Counts messages, their age and the dead letters: one statement while there are few. */
export async function healthOf(queue: string, query: QueueQuery): Promise<QueueHealth> {
  const [counted] = await query<HealthRow>({ ...HEALTH, values: [queue, COUNT_UP_TO] });
  return {
    ...(await completed(counted, queue, query)),
    oldestWaitSeconds: counted?.oldest_wait ?? 0,
    deadLetters: counted?.dead_letters ?? 0,
  };
}

/** Estimates what was not counted to its end. */
async function completed(
  counted: CountRow | undefined,
  queue: string,
  query: QueueQuery,
): Promise<QueueDepth> {
  const { visible = 0, invisible = 0, in_flight = 0 } = counted ?? {};
  const total = async (which: 'visible' | 'invisible', count: number): Promise<number> => {
    if (count < COUNT_UP_TO) return count;
    const [plan] = await query<PlanRow>({ ...estimateOf(which), values: [queue] });
    return Math.max(count, plan?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0);
  };
  const allInvisible = await total('invisible', invisible);
  // With too many messages to count, the leased share of the counted ones is used for all.
  const inFlight = invisible === 0 ? 0 : Math.round((in_flight / invisible) * allInvisible);
  return {
    waiting: await total('visible', visible),
    inFlight,
    delayed: allInvisible - inFlight,
  };
}
