import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { PostgresBroker } from '../../shared/postgres/broker/broker.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { aConfig } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownResources, sqsClient } from '../support/aws.ts';
import { openDatabase } from '../support/postgres.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

const MIXED = {
  queues: [
    { name: 'fast', weight: 2, broker: { type: 'sqs' } },
    { name: 'slow', weight: 1, broker: { type: 'postgres', persistence: 'default', receive: 50 } },
  ],
  worker: { visibilityTimeoutSeconds: 3, pollWaitSeconds: 1 },
};

const workers = workerProcesses();
const calls: ServerResponse[] = [];
let isOpen: boolean;
/** The service that tasks call, and that keeps them until it is open. */
const service = createServer((_request, response) => {
  if (isOpen) response.end();
  else calls.push(response);
});

beforeEach(async () => {
  isOpen = false;
  calls.length = 0;
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  service.closeAllConnections();
  await new Promise((resolve) => service.close(resolve));
  await workers.stopAll();
});

async function setup() {
  const config = aConfig(MIXED);
  const resources = await ownResources(config);
  const table = new DynamodbTable(meteredDocuments(), resources.table);
  const log = dynamodbTaskLog(table, { retentionDays: 30 });
  const database = await openDatabase(resources.databases?.['default']?.url);
  const slow = new PostgresBroker('slow', database);
  const body = (id: string) =>
    encodeTask(aTask({ id, name: 'deliver-webhook', parameters: { event: 'test' } }));
  const enqueue = async (queue: 'fast' | 'slow'): Promise<string> => {
    const { id } = aTask();
    const QueueUrl = resources.queues[queue]?.url;
    if (queue === 'slow') await slow.publish([{ body: body(id) }]);
    else await sqsClient().send(new SendMessageCommand({ QueueUrl, MessageBody: body(id) }));
    return id;
  };
  const WEBHOOK_URL = `http://127.0.0.1:${(service.address() as AddressInfo).port}/`;
  const env = { ...(await processEnvironment(config, resources)), WEBHOOK_URL };
  return { env, log, database, slow, enqueue };
}

const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 15_000, interval: 25 });

test('one worker serves queues on SQS and on PostgreSQL, and leaves nothing in either', async () => {
  const { env, log, slow, enqueue } = await setup();
  isOpen = true;
  const ids = await Promise.all([
    enqueue('fast'),
    enqueue('slow'),
    enqueue('fast'),
    enqueue('slow'),
  ]);

  await workers.start(env);

  for (const id of ids) {
    await eventually(async () => expect((await log.getSummary(id))?.status).toBe('completed'));
  }
  await eventually(async () => expect((await slow.depth()).inFlight).toBe(0));
  expect(await slow.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
});

test('a worker that is killed in the middle of a task loses nothing: another one finishes it', async () => {
  const { env, log, enqueue } = await setup();
  const id = await enqueue('slow');
  const doomed = await workers.start(env);
  await eventually(() => expect(calls).toHaveLength(1));

  process.kill(doomed.pid, 'SIGKILL');
  await doomed.exited;
  isOpen = true;
  await workers.start(env);

  await eventually(async () =>
    expect(await log.getSummary(id)).toMatchObject({ status: 'completed', attempt: 2 }),
  );
});

test('a worker whose database has a newer schema ends with a sentence that says so', async () => {
  const { env, database } = await setup();
  await database.query({
    text: "INSERT INTO task_queue.migrations VALUES (99, 'of the future', 99)",
  });

  await expect(workers.start(env)).rejects.toThrow('has schema version 99');
});
