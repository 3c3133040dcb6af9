import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { migrateDatabase, openSql } from '../../functions/wiring/postgres.ts';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { BrokerUnavailableError, QueueNotTransactionalError } from '../../shared/errors.ts';
import { newTaskId } from '../../shared/ids.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';
import { PostgresDatabase } from '../../shared/postgres/database.ts';
import { aConfig } from '../support/a-config.ts';
import { ANN, aDispatcher } from '../support/a-dispatcher.ts';
import { ACCESS, resourcesOf } from '../support/aws.ts';
import { openDatabase } from '../support/postgres.ts';
import { aClaim, done } from '../support/task-log-harness.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

const ON_SQL = {
  queues: [
    { name: 'main', weight: 2, broker: { type: 'postgres', persistence: 'default' } },
    { name: 'fast', weight: 1, broker: { type: 'sqs' } },
  ],
  taskLog: { type: 'postgres', persistence: 'default' },
};
const FAST = { name: 'greet', parameters: { whom: 'queue:fast' } };
const EXAMPLE = fileURLToPath(new URL('../../docs/examples/own-transaction.ts', import.meta.url));

const workers = workerProcesses();
afterEach(() => workers.stopAll());

async function setup() {
  const config: TaskQueueConfig = aConfig(ON_SQL);
  const resources = await resourcesOf(config);
  const url = resources.databases?.['default']?.url ?? '';
  const { brokers, storage } = openSql(config, resources, ACCESS);
  if (!storage) throw new Error('the task log is not on PostgreSQL');
  const all = new Map([...brokers, ['fast', new MemoryBroker()] as const]);
  const { transactional = new Map() } = storage;
  const { dispatcher } = aDispatcher({
    deps: { brokers: all, log: storage.log, transactional },
  });
  const waiting = async (): Promise<number | undefined> =>
    (await brokers.get('main')?.depth())?.waiting;
  return { config, resources, url, dispatcher, log: storage.log, waiting };
}

/** A connection of the application's own. */
async function openClient(url: string): Promise<Client> {
  const client = await new PostgresDatabase({ url }).connect();
  onTestFinished(() => client.end());
  return client;
}

describe('a queue beside the task log', () => {
  test('gets message and record at once', async () => {
    const { dispatcher, log, waiting } = await setup();

    const { id } = await dispatcher.enqueue({
      ...ANN,
      label: 'For Ann',
      owner: 'ann',
      delaySeconds: 0,
    });

    expect(await waiting()).toBe(1);
    expect(await log.get(id)).toMatchObject({
      status: 'enqueued',
      label: 'For Ann',
      owner: 'ann',
      queue: 'main',
      parameters: { whom: 'Ann' },
    });
  });

  test('gets neither when the record cannot be stored', async () => {
    const { dispatcher, url, waiting } = await setup();
    const database = await openDatabase(url);
    await database.query({ text: "alter table task_queue.task_log add check (label <> 'Bad')" });

    const enqueuing = dispatcher.enqueue({ ...ANN, label: 'Bad' });

    await expect(enqueuing).rejects.toThrow(BrokerUnavailableError);
    expect(await waiting()).toBe(0);
  });

  test('answers for thousands at once, each with a record', async () => {
    const { dispatcher, log, waiting } = await setup();
    const requests = Array.from({ length: 2500 }, () => ANN);

    const answers = await dispatcher.enqueueMany(requests);

    expect(answers.filter((answer) => answer instanceof Error)).toEqual([]);
    expect(await waiting()).toBe(2500);
    expect(await log.countByStatus()).toEqual({ enqueued: 2500 });
  });

  test('leaves the record of a task as it is that is enqueued again', async () => {
    const { dispatcher, log } = await setup();
    const id = newTaskId();
    await dispatcher.enqueue({ ...ANN, id });
    const claimed = await log.claim({ ...(await taskOf(log, id)) }, { ...aClaim(), queue: 'main' });
    if (claimed.outcome !== 'claimed') throw new Error(claimed.outcome);
    await log.finish(claimed.claim, done);

    await dispatcher.enqueue({ ...ANN, id });

    expect(await log.getSummary(id)).toMatchObject({ status: 'completed' });
  });
});

describe('within a transaction of the caller', () => {
  test('tasks are enqueued when it commits', async () => {
    const { dispatcher, log, waiting, url } = await setup();
    const client = await openClient(url);

    await client.query('BEGIN');
    const [task] = await dispatcher.enqueueWithin(client, [ANN]);
    const before = { waiting: await waiting(), record: await log.getSummary(task?.id ?? '') };
    await client.query('COMMIT');

    expect(before).toEqual({ waiting: 0, record: undefined });
    expect(await waiting()).toBe(1);
    expect(await log.getSummary(task?.id ?? '')).toMatchObject({ status: 'enqueued' });
  });

  test.each([
    ['it is rolled back', (client: Client) => client.query('ROLLBACK')],
    ['its connection is gone', (client: Client) => client.end()],
  ])('they never were when %s', async (_case, end) => {
    const { dispatcher, log, waiting, url } = await setup();
    const client = await openClient(url);

    await client.query('BEGIN');
    await dispatcher.enqueueWithin(client, [ANN, ANN]);
    await end(client);

    expect(await waiting()).toBe(0);
    expect(await log.countByStatus()).toEqual({});
  });

  test('a refused task says why, and nothing of the others is stored', async () => {
    const { dispatcher, waiting, url } = await setup();
    const client = await openClient(url);
    const wrong = { name: 'greet', parameters: { whom: 1 } };

    await client.query('BEGIN');
    const enqueuing = dispatcher.enqueueWithin(client, [ANN, wrong]);

    await expect(enqueuing).rejects.toMatchObject({ code: 'PARAMETERS_INVALID' });
    await client.query('COMMIT');
    expect(await waiting()).toBe(0);
  });

  test('a task of a queue elsewhere is refused, and nothing of the others is stored', async () => {
    const { dispatcher, waiting, url } = await setup();
    const client = await openClient(url);

    await client.query('BEGIN');
    const enqueuing = dispatcher.enqueueWithin(client, [ANN, FAST]);

    await expect(enqueuing).rejects.toThrow(QueueNotTransactionalError);
    await client.query('COMMIT');
    expect(await waiting()).toBe(0);
  });

  test('a database with another schema is refused, also over a connection of the caller', async () => {
    const { dispatcher, url } = await setup();
    const client = await openClient(url);
    await client.query('DELETE FROM task_queue.migrations WHERE version > 1');

    await client.query('BEGIN');
    const enqueuing = dispatcher.enqueueWithin(client, [ANN]);

    await expect(enqueuing).rejects.toMatchObject({ code: 'SCHEMA_MISMATCH' });
  });

  test('docs/examples/own-transaction.ts enqueues a task that a worker runs at once', async () => {
    const { config, resources, url, log } = await setup();
    await migrateDatabase({ url });
    const env = { ...(await processEnvironment(config, resources)), DATABASE_URL: url };
    await workers.start(env);

    const { stdout } = await promisify(execFile)(process.execPath, [EXAMPLE], { env });

    const [, id = ''] = /^enqueued (\w+)/.exec(stdout) ?? [];
    await vi.waitFor(
      async () => expect(await log.getSummary(id)).toMatchObject({ status: 'completed' }),
      10_000,
    );
  });
});

async function taskOf(log: Awaited<ReturnType<typeof setup>>['log'], id: string) {
  const record = await log.get(id);
  if (!record) throw new Error(`no record of ${id}`);
  const { name, parameters, label, masterStatus, createdAt } = record;
  return { id, name, parameters, label, masterStatus, createdAt };
}
