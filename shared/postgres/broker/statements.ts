import type { Statement } from '../sql.ts';

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
 * $1 queue, $2 how many, $3 lease in seconds, $4 since when it is visible, seconds.
 *
 * Not waiting for the disk: a claim that a crash of the server undoes is a lease that ended early,
 * and the message is delivered once more.
 */
export const CLAIM = {
  text: `
    SELECT claimed.*, extract(epoch FROM now())::float8 AS now FROM set_config('synchronous_commit', 'off', true),
      task_queue.claim($1, $2, $3, $4) AS claimed`,
} satisfies Statement;

export type ClaimedRow = {
  readonly message_id: string;
  readonly message_body: string;
  readonly received: number;
  /** Seconds since 1970. */
  readonly sent_at: number;
  /** Since when it could be claimed, in seconds since 1970. */
  readonly was_visible_at: number;
  /** By the server's clock, in seconds since 1970. */
  readonly now: number;
};

/** Nothing claimed; seconds until there may be something, null if all is empty. */
export type NothingRow = { readonly message_id: null; readonly next_in: number | null };

/** $1 ids, $2 receive counts. */
export const DELETE = {
  text: `
    DELETE FROM task_queue.messages AS message
    USING unnest($1::bigint[], $2::integer[]) AS held (id, receive_count)
    WHERE message.id = held.id AND message.receive_count = held.receive_count`,
} satisfies Statement;

/** $1 ids, $2 receive counts, $3 seconds from now. Answers for those whose lease has not ended. */
export const CHANGE_LEASE = {
  text: `
    UPDATE task_queue.messages AS message SET visible_at = now() + $3 * interval '1 second'
    FROM unnest($1::bigint[], $2::integer[]) AS held (id, receive_count)
      JOIN task_queue.messages AS before USING (id)
    WHERE message.id = held.id AND message.receive_count = held.receive_count
      AND message.visible_at > now()
    RETURNING message.id, message.visible_at < before.visible_at AS is_earlier`,
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
export const COUNT = {
  text: 'SELECT * FROM task_queue.count_messages($1, $2)',
} satisfies Statement;

/** Also the age of the message that has been visible for longest, and the dead letters. */
export const HEALTH = {
  text: `
    SELECT counted.*,
      (SELECT extract(epoch FROM now() - visible_at)::float8 FROM task_queue.messages
        WHERE queue = $1 AND visible_at <= now() ORDER BY visible_at LIMIT 1) AS oldest_wait,
      (SELECT count(*)::integer FROM task_queue.dead_letters WHERE queue = $1) AS dead_letters
    FROM task_queue.count_messages($1, $2) AS counted`,
} satisfies Statement;

export type HealthRow = CountRow & {
  /** In seconds; none waits: `null`. */
  readonly oldest_wait: number | null;
  readonly dead_letters: number;
};

export type CountRow = {
  readonly visible: number;
  readonly invisible: number;
  readonly in_flight: number;
};

/** $1 queue. The planner's guess, from the table's statistics. */
export const estimateOf = (which: 'visible' | 'invisible'): Statement => ({
  text: `
    EXPLAIN (FORMAT JSON) SELECT FROM task_queue.messages
    WHERE queue = $1 AND visible_at ${which === 'visible' ? '<=' : '>'} now()`,
});

export type PlanRow = { readonly 'QUERY PLAN': readonly { Plan: { 'Plan Rows': number } }[] };
