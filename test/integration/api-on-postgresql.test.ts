import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { migrate } from '../../shared/postgres/schema.ts';
import { PostgresLogDatabase } from '../../shared/postgres/sql.ts';
import { PostgresControlStore, PostgresIdempotencyStore } from '../../shared/postgres/stores.ts';
import { postgresTaskLog } from '../../shared/postgres/task-log/task-log.ts';
import { ADMIN, anApi, keepTasksIn, keepTasksInMemory } from '../support/an-api.ts';
import { createDatabase } from '../support/postgres.ts';
import { repeatTestsOf } from '../support/repeat-tests.ts';

let database: PostgresDatabase;
beforeAll(async () => {
  const { url, drop } = await createDatabase();
  database = new PostgresDatabase({ url });
  await migrate(database);
  return async () => {
    keepTasksInMemory();
    await database.end();
    await drop();
  };
});

beforeEach(async () => {
  const ofLog = new PostgresLogDatabase(database);
  await ofLog.query({
    text: 'truncate task_queue.task_log, task_queue.task_log_children, task_queue.control, task_queue.idempotency_keys',
  });
  keepTasksIn(() => ({
    log: postgresTaskLog(ofLog, { retentionDays: 30 }),
    control: new PostgresControlStore(ofLog),
    idempotency: new PostgresIdempotencyStore(ofLog),
  }));
});

describe.each(['enqueue', 'idempotency', 'lists', 'manage', 'owner', 'query', 'search', 'tao'])(
  'over PostgreSQL as over memory: %s',
  async (suite) => {
    await repeatTestsOf(`../unit/api-${suite}.test.ts`, import.meta.url);
  },
);

test.each(['name', 'queue', 'labelPrefix'])(
  'a filter by %s with the character U+0000, which PostgreSQL has not, is refused',
  async (field) => {
    const { status, body } = await anApi().get(`/tasks?${field}=a%00b`, ADMIN);

    expect(status).toBe(400);
    expect(body).toMatchObject({
      code: 'QUERY_INVALID',
      errors: [
        { path: expect.stringContaining(field), message: expect.stringContaining('U+0000') },
      ],
    });
  },
);
