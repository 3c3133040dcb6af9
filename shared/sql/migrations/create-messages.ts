import type { Migration } from './migration.ts';

/**
 * Messages that wait, are delayed or are leased; docs/adr/0019-messages-in-postgresql.md has the reasons.
 *
 * Every message is inserted, updated and deleted within its short life. Dead rows are cleared away
 * after so many, not after a share of the table, and at full speed; the server's
 * autovacuum_naptime still says how often it looks. Giving emptied pages back to the file system would
 * lock out everybody, only for them to be needed again.
 */
export const createMessages: Migration = {
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
      dead_since timestamptz NOT NULL DEFAULT now(),
      queue text COLLATE "C" NOT NULL,
      reason text NOT NULL,
      body text NOT NULL
    );
    CREATE INDEX dead_letters_by_queue ON task_queue.dead_letters (queue, dead_since);
  `,
};
