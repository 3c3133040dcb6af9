import { writeFile } from 'node:fs/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pause } from '../../shared/clock.ts';
import { DynamodbControlStore } from '../../shared/dynamodb/stores.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { aConfig } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownResources, sqsClient } from '../support/aws.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

// A real worker process that reads a real control record, and the file of its configuration.

let workers: ReturnType<typeof workerProcesses>;
beforeEach(() => {
  workers = workerProcesses();
});
afterEach(() => workers.stopAll());

async function setup() {
  const config = aConfig({ worker: { pollWaitSeconds: 1 } });
  const resources = await ownResources(config);
  const env = await processEnvironment(config, resources);
  const store = new DynamodbControlStore(new DynamodbTable(meteredDocuments(), resources.table));
  const task = aTask({ name: 'compute-statistics', parameters: { values: [1, 2] } });
  const QueueUrl = resources.queues['main']?.url;
  await sqsClient().send(new SendMessageCommand({ QueueUrl, MessageBody: encodeTask(task) }));
  return { config, env, store, task };
}

const eventually = <Result>(check: () => Result): Promise<Result> =>
  vi.waitFor(check, { timeout: 15_000, interval: 50 });

test('a worker that starts while the fleet is paused takes no task', {
  timeout: 30_000,
}, async () => {
  const { env, store, task } = await setup();
  await store.write(0, { paused: true }, 'ann');

  const worker = await workers.start(env);
  await pause(2000);

  const changes = [{ setting: 'queues.main.paused', from: false, to: true }];
  const line = worker.lines.find((text) => text.includes('settings changed'));
  expect(JSON.parse(line ?? '{}')).toMatchObject({ version: 1, changedBy: 'ann', changes });
  expect(worker.lines.join()).not.toContain(task.id);
  process.kill(worker.pid, 'SIGTERM');
  expect((await worker.exited).code).toBe(0);
});

test('an edit of the configuration takes effect; one with mistakes does not', {
  timeout: 30_000,
}, async () => {
  const { config, env } = await setup();
  const path = env['TASK_QUEUE_CONFIG'] ?? '';
  const worker = await workers.start(env);

  await writeFile(path, '{"queues": []}');
  await eventually(() => expect(worker.lines.join()).toContain('edited configuration is not used'));
  await writeFile(path, JSON.stringify({ ...config, strategy: 'strict-priority' }));

  await eventually(() => expect(worker.lines.join()).toContain('"to":"strict-priority"'));
});
