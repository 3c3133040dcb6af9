/**
 * One step of the schema, forward only. It runs in a transaction while workers of the previous version
 * run. It may add tables, indexes and columns with defaults, but must not change what they use. It must
 * be fast on a full table.
 */
export type Migration = {
  /** Description for people. */
  readonly name: string;
  readonly sql: string;
  /**
   * True: code for the previous schema works with this one, too, during a deployment and after a
   * rollback. Otherwise older code is refused after the migration.
   */
  readonly isAdditive?: true;
};

const BY_INDEX_ONLY = ['seqscan', 'bitmapscan', 'sort', 'hashjoin', 'mergejoin']
  .map((way) => `SET enable_${way} = off`)
  .join(' ');

/** Since 1970, or of an interval. It has microseconds, which a Date of JavaScript has not. */
const seconds = (time: string): string => `extract(epoch FROM ${time})::float8`;

/**
 * Messages that wait, are delayed or are leased; docs/adr/0025-messages-in-postgresql.md has the reasons.
 *
 * Every message is inserted, updated and deleted within its short life. Dead rows are cleared away
 * after so many, not after a share of the table, and at full speed; the server's
 * autovacuum_naptime still says how often it looks. Giving emptied pages back to the file system would
 * lock out everybody, only for them to be needed again.
 *
 * The functions are there for their settings. The planner decides by statistics, and those of a queue
 * are of a minute ago: it was empty then, and now has a million messages that are read and sorted for
 * every claim. The index is in the order we need; it is the only way that is always right.
 */
const createMessages: Migration = {
  name: 'create messages and dead letters',
  sql: `
    CREATE TABLE task_queue.messages (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      -- When it may be received: after its delay, or when its lease ends.
      visible_at timestamptz NOT NULL,
      -- With the id, the receipt of one delivery.
      receive_count integer NOT NULL DEFAULT 0,
      queue text COLLATE "C" NOT NULL,
      body text NOT NULL
    ) WITH (
      autovacuum_vacuum_scale_factor = 0,
      autovacuum_vacuum_threshold = 5000,
      autovacuum_vacuum_cost_delay = 0,
      autovacuum_analyze_scale_factor = 0,
      autovacuum_analyze_threshold = 5000,
      vacuum_truncate = false
    );
    CREATE INDEX messages_by_visibility ON task_queue.messages (queue, visible_at);

    CREATE TABLE task_queue.dead_letters (
      message_id bigint PRIMARY KEY,
      sent_at timestamptz NOT NULL,
      dead_since timestamptz NOT NULL DEFAULT now(),
      -- A reader leases it, as it leases a message.
      visible_at timestamptz NOT NULL DEFAULT now(),
      receive_count integer NOT NULL DEFAULT 0,
      queue text COLLATE "C" NOT NULL,
      reason text NOT NULL,
      body text NOT NULL
    );
    CREATE INDEX dead_letters_by_queue ON task_queue.dead_letters (queue, visible_at);

    -- Leases up to so many messages, in the order in which they became visible. Rows that others are
    -- about to claim are skipped, not waited for. Our own are locked, so they are found where they are.
    -- It begins with those that became visible at visible_since, in seconds since 1970, and with the
    -- oldest if there are none: only the whole queue can be empty. Then one row says in how many
    -- seconds the next becomes visible.
    CREATE FUNCTION task_queue.claim(
      from_queue text, at_most integer, lease_seconds integer, visible_since float8
    ) RETURNS TABLE (
      message_id bigint, message_body text, received integer, sent_at float8, was_visible_at float8,
      next_in float8
    ) LANGUAGE plpgsql ${BY_INDEX_ONLY} AS $$
    BEGIN
      LOOP
        RETURN QUERY
        WITH due AS MATERIALIZED (
          SELECT ctid, visible_at FROM task_queue.messages
          WHERE queue = from_queue AND visible_at >= to_timestamp(visible_since) AND visible_at <= now()
          ORDER BY visible_at LIMIT at_most
          FOR UPDATE SKIP LOCKED
        )
        UPDATE task_queue.messages AS message
        SET visible_at = now() + lease_seconds * interval '1 second', receive_count = receive_count + 1
        FROM due WHERE message.ctid = due.ctid
        RETURNING id, body, receive_count, ${seconds('created_at')}, ${seconds('due.visible_at')},
          NULL::float8;
        EXIT WHEN FOUND OR visible_since = '-infinity';
        visible_since := '-infinity';
      END LOOP;
      IF NOT FOUND THEN
        SELECT ${seconds('visible_at - clock_timestamp()')} INTO next_in FROM task_queue.messages
          WHERE queue = from_queue AND visible_at > now() ORDER BY visible_at LIMIT 1;
        RETURN NEXT;
      END IF;
    END $$;

    -- How many messages are visible, and not, each counted no further than so many; in_flight is of
    -- those that are not.
    CREATE FUNCTION task_queue.count_messages(
      from_queue text, up_to integer, OUT visible integer, OUT invisible integer, OUT in_flight integer
    ) LANGUAGE plpgsql STABLE ${BY_INDEX_ONLY} AS $$
    BEGIN
      SELECT count(*) INTO visible FROM (
        SELECT FROM task_queue.messages WHERE queue = from_queue AND visible_at <= now() LIMIT up_to
      ) AS message;
      SELECT count(*), count(*) FILTER (WHERE receive_count > 0) INTO invisible, in_flight FROM (
        SELECT receive_count FROM task_queue.messages
        WHERE queue = from_queue AND visible_at > now() LIMIT up_to
      ) AS message;
    END $$;
  `,
};

/**
 * The task log, the live settings and the idempotency keys. `json`, not `jsonb`: that refuses
 * characters which parameters may have.
 */
const createTaskLog: Migration = {
  name: 'create task log, live settings and idempotency keys',
  isAdditive: true,
  sql: `
    create table task_queue.task_log (
      id text collate "C" primary key,
      name text not null,
      label text not null,
      owner text,
      parent_id text collate "C",
      retry_of text,
      master_status boolean not null,
      queue text not null,
      status text not null,
      parameters json,
      parameters_at text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      started_at timestamptz,
      finished_at timestamptz,
      cancel_requested_at timestamptz,
      claims integer not null default 0,
      snoozes integer not null default 0,
      holder text,
      lease_until timestamptz,
      has_children boolean not null default false,
      progress json,
      report json,
      file json,
      expires_at timestamptz not null,
      due_at timestamptz,
      redrives text[] not null default '{}'
    ) with (fillfactor = 85);
    create index task_log_owner on task_queue.task_log (owner, id) where owner is not null;
    create index task_log_parent on task_queue.task_log (parent_id, id) where parent_id is not null;
    create index task_log_status on task_queue.task_log (status, id);
    create index task_log_expiry on task_queue.task_log (expires_at);

    create table task_queue.task_log_children (
      parent_id text collate "C",
      child_id text collate "C",
      failed boolean not null default false,
      primary key (parent_id, child_id)
    );

    create table task_queue.control (
      only_row boolean primary key default true check (only_row),
      version integer not null,
      overrides json not null,
      changed_at timestamptz not null,
      changed_by text not null
    );

    create table task_queue.idempotency_keys (
      owner text,
      key text,
      fingerprint text not null,
      created_at timestamptz not null,
      primary key (owner, key)
    );
    create index idempotency_keys_age on task_queue.idempotency_keys (created_at);
  `,
};

/**
 * Every task leaves entries of the states it has passed in the index by status. By default they are cleared
 * away when a fifth of the table is dead, and a list of the few tasks that run would read all of them.
 */
const keepIndexesSmall: Migration = {
  name: 'vacuum the task log after a hundredth of it has changed',
  isAdditive: true,
  sql: `
    alter table task_queue.task_log set (
      autovacuum_vacuum_scale_factor = 0.01,
      autovacuum_vacuum_cost_delay = 0
    )`,
};

/** All of the schema, in order: the first is version 1. Add to the end; never change what is here. */
export const MIGRATIONS = [
  createMessages,
  createTaskLog,
  keepIndexesSmall,
] as const satisfies readonly Migration[];
