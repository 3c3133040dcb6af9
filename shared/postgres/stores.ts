import { isDeepStrictEqual } from 'node:util';
import { type Clock, isoTime, systemClock } from '../clock.ts';
import type { ControlRecord, ControlStore } from '../control/control-store.ts';
import type { Overrides } from '../control/overrides.ts';
import { ControlConflictError } from '../errors.ts';
import {
  type IdempotencyKey,
  type IdempotencyStore,
  KEY_LIFETIME_SECONDS,
  type Reservation,
} from '../idempotency/idempotency-store.ts';
import { RETENTION_SECONDS } from '../limits.ts';
import type { StatsReader } from '../stats/stats-store.ts';
import { cellKey, type Tally, type Whose } from '../stats/tally.ts';
import type { TaskStatus } from '../task-log/status.ts';
import { millis, nowAt, type SqlDatabase, secondsAfter, timeOf } from './sql.ts';

type ControlRow = {
  readonly version: number;
  readonly overrides: Overrides;
  readonly changed_at: number;
  readonly changed_by: string;
};

/** Control record in PostgreSQL: a table of one row. */
export class PostgresControlStore implements ControlStore {
  readonly #database: SqlDatabase;
  readonly #clock: Clock;

  constructor(database: SqlDatabase, clock: Clock = systemClock) {
    this.#database = database;
    this.#clock = clock;
  }

  async read(): Promise<ControlRecord> {
    const [row] = await this.#database.query<ControlRow>({
      text: `select version, overrides, ${millis('changed_at')} as changed_at, changed_by
       from task_queue.control`,
    });
    if (!row) return { version: 0, overrides: {} };
    const { version, overrides, changed_at: changedAt, changed_by: changedBy } = row;
    return { version, overrides, changedAt: isoTime(changedAt), changedBy };
  }

  async write(version: number, overrides: Overrides, changedBy: string): Promise<ControlRecord> {
    const changedAt = isoTime(this.#clock.now());
    const values = [version, JSON.stringify(overrides), changedAt, changedBy];
    const stored = await this.#database.query({
      text:
        version === 0
          ? `insert into task_queue.control (version, overrides, changed_at, changed_by)
           values ($1::integer + 1, $2, $3, $4) on conflict do nothing returning version`
          : `update task_queue.control set version = version + 1, overrides = $2, changed_at = $3, changed_by = $4
           where version = $1 returning version`,
      values: values,
    });
    const record = { version: version + 1, overrides, changedAt, changedBy };
    // Or it was stored, and then repeated because the answer got lost.
    if (stored.length === 0 && !isDeepStrictEqual(await this.read(), record)) {
      throw new ControlConflictError(version);
    }
    return record;
  }
}

type KeyRow = { readonly fingerprint: string; readonly created_at: number };

/** Idempotency keys in PostgreSQL: one row for each. */
export class PostgresIdempotencyStore implements IdempotencyStore {
  readonly #database: SqlDatabase;
  readonly #clock: Clock | undefined;

  /** @param clock for tests. @default the server's */
  constructor(database: SqlDatabase, clock?: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async reserve({ owner, key }: IdempotencyKey, fingerprint: string): Promise<Reservation> {
    const now = nowAt('$4');
    const [taken] = await this.#database.query<KeyRow>({
      text: `insert into task_queue.idempotency_keys as k (owner, key, fingerprint, created_at)
       values ($1, $2, $3, date_trunc('milliseconds', ${now}))
       on conflict (owner, key) do update
         set fingerprint = excluded.fingerprint, created_at = excluded.created_at
         where k.created_at <= ${secondsAfter(now, '$5')}
       returning fingerprint, ${millis('created_at')} as created_at`,
      values: [owner, key, fingerprint, timeOf(this.#clock), -KEY_LIFETIME_SECONDS],
    });
    if (taken) return { fingerprint, createdAt: taken.created_at, isNew: true };
    const [found] = await this.#database.query<KeyRow>({
      text: `select fingerprint, ${millis('created_at')} as created_at
       from task_queue.idempotency_keys where owner = $1 and key = $2`,
      values: [owner, key],
    });
    // It expired, and was removed, between the two statements.
    if (!found) return this.reserve({ owner, key }, fingerprint);
    return { fingerprint: found.fingerprint, createdAt: found.created_at, isNew: false };
  }
}

type CountRow = { readonly queue: string; readonly status: TaskStatus; readonly count: string };

/** Counts the rows of the task log when asked: the numbers are never behind, and never wrong. */
export class PostgresStatsReader implements StatsReader {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async read(whose: Whose): Promise<Tally> {
    const rows = await this.#database.query<CountRow>({
      text: `select queue, status, count(*) from task_queue.task_log
       where $1::text is null or owner = $1 group by queue, status`,
      values: [whose ?? null],
    });
    return new Map(rows.map(({ count, ...cell }) => [cellKey(cell), Number(count)]));
  }
}

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
