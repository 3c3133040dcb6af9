import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { aConfig } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownResources, sqsClient } from '../support/aws.ts';
import { parseEmf } from '../support/emf-document.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

let workers: ReturnType<typeof workerProcesses>;
beforeEach(() => {
  workers = workerProcesses();
});
afterEach(() => workers.stopAll());

test('a worker that ends has written what it did as CloudWatch metrics', {
  timeout: 30_000,
}, async () => {
  const config = aConfig({ worker: { pollWaitSeconds: 1 } });
  const resources = await ownResources(config);
  const log = dynamodbTaskLog(new DynamodbTable(meteredDocuments(), resources.table), {
    retentionDays: 30,
  });
  const task = aTask({ name: 'compute-statistics', parameters: { values: [1, 2] } });
  const QueueUrl = resources.queues['main']?.url;
  await sqsClient().send(new SendMessageCommand({ QueueUrl, MessageBody: encodeTask(task) }));
  const worker = await workers.start(await processEnvironment(config, resources));
  await vi.waitFor(async () => expect((await log.getSummary(task.id))?.status).toBe('completed'), {
    timeout: 15_000,
    interval: 50,
  });

  process.kill(worker.pid, 'SIGTERM');
  await worker.exited;

  const documents = worker.lines.filter((line) => line.includes('"_aws"')).map(parseEmf);
  expect(documents).toContainEqual(
    expect.objectContaining({
      queue: 'main',
      Picked: 1,
      Completed: 1,
      PickupLatency: expect.any(Number),
      RunTime: expect.any(Number),
      RequestsPerTask: expect.any(Number),
    }),
  );
});
