import type { Client, ClientBase, Pool } from 'pg';
import type { DatabaseState } from '../check/seen.ts';
import { pause } from '../clock.ts';
import { SchemaMismatchError } from '../errors.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';
import { stateOf } from './sql.ts';

/** The number of migrations. It is written out so that bundles do not contain the migrations. */
const SCHEMA_VERSION: (typeof MIGRATIONS)['length'] = 3;

const UNDEFINED_TABLE = '42P01';
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';

/** An arbitrary number that nothing else locks. One process migrates, and the others wait for it. */
export const MIGRATION_LOCK = 7_190_364_528;

/** A table's lock that is waited for keeps all workers from the table: give way, and try again. */
const LOCK_TIMEOUT_MS = 2000;
const LOCK_BUDGET_MS = 40_000;

/** A stalled or vanished process must not keep its locks, because all others would wait. */
const LIMITS = `
  SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};
  SET LOCAL idle_in_transaction_session_timeout = 5000;`;

const CREATE_HISTORY = `
  CREATE SCHEMA IF NOT EXISTS task_queue;
  CREATE TABLE IF NOT EXISTS task_queue.migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    -- The oldest version of the code that works with it.
    compatible_since integer NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  );`;

/**
 * Brings the schema to this code's version, while workers run, and any number of callers at once.
 * Dying in the middle leaves the version it was at.
 * @param lockBudgetMs how long each migration tries to lock a table that another session has locked
 * @returns the names of the migrations that were applied; none when the schema is newer
 * @throws {SchemaMismatchError} when the schema is newer, and this code does not work with it
 */
export async function migrate(
  database: { connect(): Promise<Client> },
  migrations: readonly Migration[] = MIGRATIONS,
  lockBudgetMs = LOCK_BUDGET_MS,
): Promise<string[]> {
  const client = await database.connect();
  try {
    await client.query(CREATE_HISTORY_ALONE);
    const applied: string[] = [];
    for (;;) {
      const name = await applyNext(client, migrations, lockBudgetMs);
      if (name === undefined) return applied;
      applied.push(name);
    }
  } finally {
    await client.end();
  }
}

/** Two callers that create the same schema at once would fail. */
const CREATE_HISTORY_ALONE = `
  BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL idle_in_transaction_session_timeout = 5000;
  SELECT pg_advisory_xact_lock(${MIGRATION_LOCK});
  ${CREATE_HISTORY}
  COMMIT;`;

async function applyNext(
  client: ClientBase,
  migrations: readonly Migration[],
  lockBudgetMs: number,
): Promise<string | undefined> {
  const giveUpAt = performance.now() + lockBudgetMs;
  for (;;) {
    try {
      return await inTransaction(client, async () => {
        await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
        await client.query(LIMITS);
        const schema = await schemaOf(client);
        if (schema.version > migrations.length) assertCompatible(schema, migrations.length);
        const next = migrations[schema.version];
        if (next) await apply(client, next, schema);
        return next?.name;
      });
    } catch (error) {
      const isInTheWay = [LOCK_NOT_AVAILABLE, DEADLOCK].includes(stateOf(error) ?? '');
      if (!isInTheWay || performance.now() > giveUpAt) throw error;
    }
    await pause(LOCK_TIMEOUT_MS);
  }
}

async function apply(client: ClientBase, next: Migration, schema: Schema): Promise<void> {
  const version = schema.version + 1;
  const compatibleSince = next.isAdditive ? schema.compatibleSince : version;
  await client.query(next.sql);
  await client.query(
    'INSERT INTO task_queue.migrations (version, name, compatible_since) VALUES ($1, $2, $3)',
    [version, next.name, compatibleSince],
  );
}

async function inTransaction<Result>(
  client: ClientBase,
  work: () => Promise<Result>,
): Promise<Result> {
  // After the wait for the lock it must see what others have migrated, whatever the default is.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // On a connection that has ended there is nothing to roll back.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/**
 * @throws {SchemaMismatchError} when the schema is older than this code, or newer and says that this
 *   code does not work with it
 */
export async function assertSchema(connections: Pool | ClientBase): Promise<void> {
  assertCompatible(await schemaOf(connections), SCHEMA_VERSION);
}

function assertCompatible({ version, compatibleSince }: Schema, codeVersion: number): void {
  if (version < codeVersion || compatibleSince > codeVersion) {
    throw new SchemaMismatchError(version, codeVersion);
  }
}

type Schema = {
  /** 0 before the first migration. */
  readonly version: number;
  /** The oldest version of the code that works with it. */
  readonly compatibleSince: number;
};

async function schemaOf(connections: Pool | ClientBase): Promise<Schema> {
  const text = `
    SELECT coalesce(max(version), 0) AS version, coalesce(max(compatible_since), 0) AS "compatibleSince"
    FROM task_queue.migrations`;
  const nothing = { version: 0, compatibleSince: 0 };
  try {
    const { rows } = await connections.query<Schema>(text);
    return rows[0] ?? nothing;
  } catch (error) {
    if (stateOf(error) === UNDEFINED_TABLE) return nothing;
    throw error;
  }
}

/** Only what can be part of a statement as it is. */
const USER = /^[a-z_]{1,63}$/;

/**
 * Lets a user read and write what is in the schema, and neither change tables nor note migrations. It has
 * no password: on RDS, IAM says who may connect as it. May be repeated, and has to be after migrations.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
 */
export async function admit(database: { connect(): Promise<Client> }, user: string): Promise<void> {
  if (!USER.test(user)) throw new TypeError(`not the name of a user: "${user}"`);
  const client = await database.connect();
  try {
    // With the lock of migrations: two at once would be in each other's way.
    await client.query(`
      SELECT pg_advisory_xact_lock(${MIGRATION_LOCK});
      DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${user}') THEN
          CREATE ROLE ${user} LOGIN;
        END IF;
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
          GRANT rds_iam TO ${user};
        END IF;
      END $$;
      GRANT USAGE ON SCHEMA task_queue TO ${user};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA task_queue TO ${user};
      REVOKE INSERT, UPDATE, DELETE ON task_queue.migrations FROM ${user};`);
  } finally {
    await client.end();
  }
}

/** @throws whatever the server, or the way to it, fails with */
export async function databaseState(database: {
  connect(): Promise<Client>;
}): Promise<DatabaseState> {
  const client = await database.connect();
  try {
    await assertSchema(client);
    return {};
  } catch (error) {
    if (error instanceof SchemaMismatchError) return { mismatch: error };
    throw error;
  } finally {
    await client.end();
  }
}
