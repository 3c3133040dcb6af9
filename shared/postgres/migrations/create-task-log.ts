import type { Migration } from './migration.ts';

/**
 * The task log, the live settings and the idempotency keys. `json`, not `jsonb`: that refuses
 * characters which parameters may have.
 */
export const createTaskLog: Migration = {
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
