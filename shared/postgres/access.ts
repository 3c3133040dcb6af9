import type { Client } from 'pg';
import { MIGRATION_LOCK } from './schema.ts';

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
