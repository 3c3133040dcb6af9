import type { Statement } from '../sql/statement.ts';

const MILLISECONDS = (time: string): string => `(extract(epoch FROM ${time}) * 1000)::float8`;

/** $1 queue, $2 bodies, $3 delays in seconds. */
export const PUBLISH = {
  name: 'publish',
  // clock_timestamp: each message its own time, so that they stay in order.
  text: `
    INSERT INTO task_queue.messages (queue, body, visible_at)
    SELECT $1, body, clock_timestamp() + delay * interval '1 second'
    FROM unnest($2::text[], $3::integer[]) AS message (body, delay)`,
} satisfies Statement;

/**
 * $1 queue, $2 how many, $3 lease in seconds, $4 the time before which messages are not looked for.
 *
 * Rows that others are about to claim are skipped, not waited for. The row of a claimed message is
 * found by where it is: it is locked, so it stays there. Without any message the answer is one row
 * of nulls with the time until the next one is visible.
 */
export const CLAIM = {
  name: 'claim',
  text: `
    WITH due AS MATERIALIZED (
      SELECT ctid, visible_at FROM task_queue.messages
      WHERE queue = $1 AND visible_at >= $4::timestamptz AND visible_at <= now()
      ORDER BY visible_at LIMIT $2
      FOR UPDATE SKIP LOCKED
    ), claimed AS (
      UPDATE task_queue.messages AS message
      SET visible_at = now() + $3 * interval '1 second', receive_count = receive_count + 1
      FROM due WHERE message.ctid = due.ctid
      RETURNING message.id, body, receive_count, created_at, due.visible_at AS due_since
    )
    SELECT id, body, receive_count, ${MILLISECONDS('created_at')} AS sent_at, due_since::text,
      CASE WHEN id IS NULL THEN (
        SELECT ${MILLISECONDS('min(visible_at) - clock_timestamp()')} FROM task_queue.messages
        WHERE queue = $1 AND visible_at > now()
      ) END AS next_in
    FROM (SELECT) AS always LEFT JOIN claimed ON true
    ORDER BY claimed.due_since`,
} satisfies Statement;

export type ClaimedRow = {
  readonly id: string;
  readonly body: string;
  readonly receive_count: number;
  readonly sent_at: number;
  readonly due_since: string;
};

/** Nothing claimed; milliseconds until there may be something, null if all is empty. */
export type NothingRow = { readonly id: null; readonly next_in: number | null };

/** $1 ids, $2 receive counts. */
export const DELETE = {
  name: 'delete',
  text: `
    DELETE FROM task_queue.messages AS message
    USING unnest($1::bigint[], $2::integer[]) AS held (id, receive_count)
    WHERE message.id = held.id AND message.receive_count = held.receive_count`,
} satisfies Statement;

/** $1 ids, $2 receive counts, $3 seconds from now. Answers for those whose lease has not ended. */
export const CHANGE_LEASE = {
  name: 'change lease',
  text: `
    UPDATE task_queue.messages AS message SET visible_at = now() + $3 * interval '1 second'
    FROM unnest($1::bigint[], $2::integer[]) AS held (id, receive_count)
      JOIN task_queue.messages AS before USING (id)
    WHERE message.id = held.id AND message.receive_count = held.receive_count
      AND message.visible_at > now()
    RETURNING message.id, message.visible_at < before.visible_at AS is_earlier`,
} satisfies Statement;

export type ChangedRow = { readonly id: string; readonly is_earlier: boolean };

/** $1 id, $2 reason. A message that is set aside again, after a crash, is there already. */
export const DEAD_LETTER = {
  name: 'dead letter',
  text: `
    INSERT INTO task_queue.dead_letters (message_id, queue, body, reason)
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
} satisfies Statement;

/** $1 queue, $2 how far to count. */
export const COUNT = {
  name: 'count',
  text: `
    SELECT waiting::integer, hidden::integer, in_flight::integer FROM (
      SELECT count(*) AS waiting FROM (
        SELECT FROM task_queue.messages WHERE queue = $1 AND visible_at <= now() LIMIT $2
      ) AS visible
    ) AS visible, (
      SELECT count(*) AS hidden, count(*) FILTER (WHERE receive_count > 0) AS in_flight FROM (
        SELECT receive_count FROM task_queue.messages
        WHERE queue = $1 AND visible_at > now() LIMIT $2
      ) AS invisible
    ) AS invisible`,
} satisfies Statement;

export type CountRow = {
  readonly waiting: number;
  readonly hidden: number;
  readonly in_flight: number;
};

/** $1 queue. The planner's guess, from the table's statistics. */
export const estimateOf = (which: 'waiting' | 'hidden'): Statement => ({
  text: `
    EXPLAIN (FORMAT JSON) SELECT FROM task_queue.messages
    WHERE queue = $1 AND visible_at ${which === 'waiting' ? '<=' : '>'} now()`,
});

export type PlanRow = { readonly 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] };
