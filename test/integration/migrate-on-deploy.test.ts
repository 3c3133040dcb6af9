import { beforeAll, expect, inject, test, vi } from 'vitest';
import { handler as migrate } from '../../functions/migrate/migrate.ts';
import { MIGRATIONS } from '../../shared/postgres/migrations.ts';
import { answer, type Reaction, serverThat } from '../support/answering-server.ts';
import { emptyDatabase, openDatabase } from '../support/postgres.ts';

// A server that answers as Secrets Manager and as Lambda; what Lambda would run is run on PostgreSQL.

const NAMES = MIGRATIONS.map(({ name }) => name);
const USER = 'task_queue_deploy_test';
const { username, password } = new URL(inject('databaseUrl'));

const secret = answer(
  200,
  { SecretString: JSON.stringify({ username, password, host: 'not asked for' }) },
  'application/x-amz-json-1.1',
);

const lambda: Reaction = async (response, { body }) => {
  const answered = await migrate(JSON.parse(body)).then(
    (value): [object, unknown] => [{}, value],
    (error: Error) => [{ 'x-amz-function-error': 'Unhandled' }, { errorMessage: error.message }],
  );
  response.writeHead(200, answered[0] as Record<string, string>);
  response.end(JSON.stringify(answered[1]));
};

beforeAll(() => {
  for (const [name, value] of Object.entries({
    ADMIN_SECRET: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:admin',
    MIGRATE_FUNCTION: 'migrate',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  })) {
    vi.stubEnv(name, value);
  }
});

/** A deployment with a database of its own. */
async function setup() {
  const url = await emptyDatabase();
  vi.stubEnv('DATABASE_URL', Object.assign(new URL(url), { username: USER, password: '' }).href);
  const { url: endpoint, seen } = await serverThat((response, one) =>
    (one.request.url === '/' ? secret : lambda)(response, one),
  );
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  vi.resetModules();
  const { handler } = await import('../../functions/migrate/start.ts');
  return { deploy: handler, seen, database: await openDatabase(url) };
}

test('the first deployment makes the schema, and lets the user in that IAM signs tokens for', async () => {
  const { deploy, database } = await setup();
  const connection = await database.connect();
  await connection.query(`
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN CREATE ROLE rds_iam; END IF;
    END $$`);
  await connection.end();

  const created = await deploy({ RequestType: 'Create' });

  expect(created).toEqual({ Data: { applied: NAMES.join(', ') } });
  const [rights] = await database.query({
    text: `SELECT pg_has_role($1, 'rds_iam', 'member') AS by_token,
      has_table_privilege($1, 'task_queue.messages', 'DELETE') AS works,
      rolsuper AS is_admin, rolcanlogin AS logs_in FROM pg_roles WHERE rolname = $1`,
    values: [USER],
  });
  expect(rights).toEqual({ by_token: true, works: true, is_admin: false, logs_in: true });
});

test('the next deployment finds all done', async () => {
  const { deploy } = await setup();
  await deploy({ RequestType: 'Create' });

  expect(await deploy({ RequestType: 'Update' })).toEqual({ Data: { applied: '' } });
});

test('a stack that is deleted leaves the database alone', async () => {
  const { deploy, seen } = await setup();

  await deploy({ RequestType: 'Delete' });

  expect(seen).toEqual([]);
});

test('a deployment that is taken back ends, whatever schema the newer code has left', async () => {
  const { deploy, database } = await setup();
  await deploy({ RequestType: 'Create' });
  const connection = await database.connect();
  await connection.query("INSERT INTO task_queue.migrations VALUES (99, 'newer', 99)");
  await connection.end();

  expect(await deploy({ RequestType: 'Update' })).toEqual({ Data: { applied: '' } });
});

test('a deployment whose migration fails reports the reason without the password', async () => {
  const { deploy, database } = await setup();
  const connection = await database.connect();
  await connection.query('CREATE SCHEMA task_queue; CREATE TABLE task_queue.messages ()');
  await connection.end();

  const failure = await deploy({ RequestType: 'Create' }).catch((error: Error) => error.message);

  expect(failure).toMatch(/^The database was not migrated: .*already exists/);
  expect(failure).not.toContain(password);
});
