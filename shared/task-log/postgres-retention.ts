import type { SqlDatabase } from '../sql/sql.ts';

/** Rows that one statement removes: more would hold its locks, and the replica, for long. */
const BATCH = 1000;

/**
 * Removes what is kept no longer: records with the links to their children, and idempotency keys.
 * Several workers may do so at the same time: each takes rows that no other has.
 * @param now milliseconds since 1970
 * @returns how many records were removed
 */
export async function removeExpired(database: SqlDatabase, now: number): Promise<number> {
  let removed = 0;
  for (;;) {
    const rows = await database.query({
      text: `with expired as (
         select id from task_queue.task_log where expires_at < to_timestamp($1)
         limit ${BATCH} for update skip locked
       ), links as (
         delete from task_queue.task_log_children using expired where parent_id = expired.id
       )
       delete from task_queue.task_log using expired where task_log.id = expired.id returning task_log.id`,
      values: [now / 1000],
    });
    removed += rows.length;
    if (rows.length < BATCH) break;
  }
  await database.query({
    text: `delete from task_queue.idempotency_keys where created_at < to_timestamp($1) - interval '1 day'`,
    values: [now / 1000],
  });
  return removed;
}
