import { isoTime } from '../../clock.ts';
import { KEY_LIFETIME_SECONDS } from '../../idempotency/idempotency-store.ts';
import { RETENTION_SECONDS } from '../../limits.ts';
import type { SqlDatabase } from '../sql.ts';

/** Rows that one statement removes: more would hold its locks, and the replica, for long. */
const BATCH = 1000;

/** $1 when. In the order of the index: statistics of a minute ago may advise to read the whole table. */
const REMOVE_RECORDS = `
  with expired as (
    select id from task_queue.task_log where expires_at < coalesce($1::timestamptz, now())
    order by expires_at limit ${BATCH} for update skip locked
  ), links as (
    delete from task_queue.task_log_children using expired where parent_id = expired.id
  )
  delete from task_queue.task_log using expired where task_log.id = expired.id returning task_log.id`;

const REMOVE_KEYS = `
  with expired as (
    select owner, key from task_queue.idempotency_keys
    where created_at < coalesce($1::timestamptz, now()) - interval '${KEY_LIFETIME_SECONDS} seconds'
    order by created_at limit ${BATCH} for update skip locked
  )
  delete from task_queue.idempotency_keys as k using expired
  where k.owner = expired.owner and k.key = expired.key returning k.key`;

/**
 * Kept as long as by SQS. Without an index: they are few, and are looked through once an hour.
 */
const REMOVE_DEAD_LETTERS = `
  with expired as (
    select message_id from task_queue.dead_letters
    where dead_since < coalesce($1::timestamptz, now()) - interval '${RETENTION_SECONDS} seconds'
    limit ${BATCH} for update skip locked
  )
  delete from task_queue.dead_letters as letter using expired
  where letter.message_id = expired.message_id returning letter.message_id`;

/**
 * Removes what is kept no longer: records with the links to their children, idempotency keys, and the
 * dead letters of queues in the same database.
 * Several workers may do so at the same time: each takes rows that no other has.
 * @param now milliseconds since 1970. @default what the server has: a worker whose clock is wrong must
 *   not remove what others keep
 * @returns how many records were removed
 */
export async function removeExpired(database: SqlDatabase, now?: number): Promise<number> {
  const removed = await inBatches(database, REMOVE_RECORDS, now);
  await inBatches(database, REMOVE_KEYS, now);
  await inBatches(database, REMOVE_DEAD_LETTERS, now);
  return removed;
}

async function inBatches(database: SqlDatabase, text: string, now?: number): Promise<number> {
  const values = [now === undefined ? null : isoTime(now)];
  for (let removed = 0; ; ) {
    const rows = await database.query({ text, values });
    removed += rows.length;
    if (rows.length < BATCH) return removed;
  }
}
