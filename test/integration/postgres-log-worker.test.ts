import { createServer } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openSql } from '../../functions/wiring/postgres.ts';
import { LogUnavailableError, SchemaMismatchError } from '../../shared/errors.ts';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { PostgresLogDatabase } from '../../shared/postgres/sql.ts';
import { postgresTaskLog } from '../../shared/postgres/task-log/task-log.ts';
import { encodeTask } from '../../shared/task/message.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { aConfig } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { ACCESS, resourcesOf } from '../support/aws.ts';
import { emptyDatabase, openDatabase } from '../support/postgres.ts';
import { aClaim, done } from '../support/task-log-harness.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

const ON_SQL = { type: 'postgres', persistence: 'default' };
const workers = workerProcesses();
afterEach(() => workers.stopAll());

async function setup(queue: object = ON_SQL) {
  const config = aConfig({
    queues: [{ name: 'main', weight: 1, broker: queue }],
    taskLog: ON_SQL,
    worker: { visibilityTimeoutSeconds: 3, pollWaitSeconds: 1 },
  });
  const resources = await resourcesOf(config);
  const database = await openDatabase(resources.databases?.['default']?.url);
  const { storage } = openSql(config, resources, ACCESS);
  if (!storage) throw new Error('the task log is not on PostgreSQL');
  return { database, log: storage.log, env: await processEnvironment(config, resources) };
}

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('a worker with a task log on PostgreSQL', () => {
  test('removes what is kept no longer as soon as it starts, and nothing else', async () => {
    const { database, log, env } = await setup();
    const [expired, kept] = [aTask(), aTask()];
    for (const task of [expired, kept]) {
      const result = await log.claim(task, { ...aClaim(), queue: 'main' });
      if (result.outcome !== 'claimed') throw new Error(result.outcome);
      await log.finish(result.claim, done);
    }
    await database.query({
      text: "update task_queue.task_log set expires_at = now() - interval '1 s' where id = $1",
      values: [expired.id],
    });

    await workers.start(env);

    await vi.waitFor(async () => expect(await log.getSummary(expired.id)).toBeUndefined(), 5000);
    expect(await log.getSummary(kept.id)).toMatchObject({ status: 'completed' });
  });

  test('sets aside what it could never claim, for somebody to look at', async () => {
    const { database, log, env } = await setup();
    const tooFine = aTask({ createdAt: `2026-11-24T09:30:00.${'1'.repeat(200)}Z` });
    const tooDeep = JSON.stringify(aTask()).replace(/{"deliveryId.*?}/, deep(100_000));
    const queue = new PostgresBroker('main', database);
    await queue.publish([{ body: encodeTask(tooFine) }, { body: tooDeep }]);

    await workers.start(env);

    const text = 'select reason from task_queue.dead_letters';
    await vi.waitFor(async () => expect(await database.query({ text })).toHaveLength(2), 10_000);
    expect(await database.query({ text })).toEqual(
      expect.arrayContaining([
        { reason: expect.stringContaining('createdAt: must not be finer') },
        { reason: expect.stringContaining('parameters: must not be nested') },
      ]),
    );
    expect(await log.countByStatus()).toEqual({ unknown: 2 });
  });

  test('whose database has a newer schema ends with a sentence that says so', async () => {
    const { database, env } = await setup({ type: 'sqs' });
    await database.query({
      text: "insert into task_queue.migrations values (99, 'of the future', 99)",
    });

    await expect(workers.start(env)).rejects.toThrow('has schema version 99');
  });
});

describe('the database of the task log', () => {
  const logAt = (url: string): TaskLog => {
    const database = new PostgresDatabase({ url }, { giveUpAfterMs: 100 });
    onTestFinished(() => database.end());
    return postgresTaskLog(new PostgresLogDatabase(database), { retentionDays: 30 });
  };

  test.each([
    ['nobody listens', 'postgres://nobody@127.0.0.1:1/tasks'],
    ['the password is wrong', async () => withPassword(await emptyDatabase(), 'wrong')],
    ['the database is missing', async () => withPath(await emptyDatabase(), '/missing')],
    ['the other end does not speak', silentServer],
  ])('is away, and says so, when %s', async (_case, address) => {
    const log = logAt(typeof address === 'string' ? address : await address());

    await expect(log.getSummary(aTask().id)).rejects.toThrow(LogUnavailableError);
    const claim = { taskId: aTask().id, token: 1, attempt: 1 };
    await expect(log.finish(claim, done)).rejects.toThrow(LogUnavailableError);
  });

  test('is not away, but not ready, without its schema', async () => {
    const log = logAt(await emptyDatabase());

    await expect(log.getSummary(aTask().id)).rejects.toThrow(SchemaMismatchError);
  });
});

function withPassword(url: string, password: string): string {
  const changed = new URL(url);
  changed.password = password;
  return changed.href;
}

function withPath(url: string, path: string): string {
  const changed = new URL(url);
  changed.pathname = path;
  return changed.href;
}

/** Accepts connections, and hangs up without a word. */
async function silentServer(): Promise<string> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `postgres://nobody@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/tasks`;
}
