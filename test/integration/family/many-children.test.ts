import { fileURLToPath } from 'node:url';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, expect, test, vi } from 'vitest';
import { ProcessGroup } from '../../../functions/dev/servers/process-group.ts';
import { DynamodbTable } from '../../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../../shared/dynamodb/task-log/task-log.ts';
import { encodeTask } from '../../../shared/task/message.ts';
import type { TaskStatus } from '../../../shared/task-log/status.ts';
import type { TaskSummary } from '../../../shared/task-log/task-log.ts';
import { aConfig } from '../../support/a-config.ts';
import { aTask } from '../../support/a-task.ts';
import { meteredDocuments, ownResources, sqsClient } from '../../support/aws.ts';
import { scaled } from '../../support/scale.ts';
import { processEnvironment } from '../../support/worker-process.ts';

const PARTS = scaled(500, 2000);
const WORKER = fileURLToPath(new URL('family-worker.ts', import.meta.url));

const processes = new ProcessGroup();
afterEach(() => processes.stopAll());

/** A queue, a log, and a way to start workers that know the tasks `divide` and `part`. */
async function setup() {
  const worker = { concurrency: 50, visibilityTimeoutSeconds: 5, pollWaitSeconds: 1 };
  const config = aConfig({ worker });
  const resources = await ownResources(config);
  const env = await processEnvironment(config, resources);
  const table = new DynamodbTable(meteredDocuments(), resources.table);
  const log = dynamodbTaskLog(table, { retentionDays: 30 });
  const send = async (parts: number) => {
    const task = aTask({ name: 'divide', parameters: { parts } });
    const QueueUrl = resources.queues['main']?.url;
    await sqsClient().send(new SendMessageCommand({ QueueUrl, MessageBody: encodeTask(task) }));
    return task;
  };
  const start = () =>
    processes.start({
      name: 'a worker',
      command: process.execPath,
      args: [WORKER],
      env,
      ready: /worker ready/,
    });
  const tasks = async (): Promise<TaskSummary[]> => {
    const all: TaskSummary[] = [];
    let cursor: string | undefined;
    do {
      const page = await log.list({ limit: 100, ...(cursor && { cursor }) });
      all.push(...page.tasks);
      cursor = page.next;
    } while (cursor);
    return all;
  };
  return { log, send, start, tasks };
}

const until = (check: () => Promise<boolean>): Promise<boolean> =>
  vi.waitUntil(check, { timeout: 240_000, interval: 1000 });

test(`${PARTS} children end their parent once and exactly, whatever workers are killed meanwhile`, {
  timeout: 300_000,
}, async () => {
  const { log, send, start, tasks } = await setup();
  const parent = await send(PARTS);
  const statusOf = async () => (await log.getSummary(parent.id))?.status;
  const countOf = async (...statuses: TaskStatus[]): Promise<number> => {
    const counts = await log.countByStatus();
    return statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  };

  const first = await start();
  await until(async () => (await countOf('enqueued', 'running', 'completed')) > PARTS / 10);
  process.kill(first.pid, 'SIGKILL');
  expect(await statusOf()).toBe('running');

  const [second] = [await start(), await start()];
  await until(async () => (await countOf('completed')) > PARTS / 2);
  process.kill(second.pid, 'SIGKILL');
  await until(async () => (await statusOf()) === 'completed');

  const all = await tasks();
  const children = all.filter(({ parentId }) => parentId === parent.id);
  expect(all).toHaveLength(PARTS + 1);
  expect(children).toHaveLength(PARTS);
  expect(children.filter(({ status }) => status !== 'completed')).toEqual([]);
  const ends = children.map(({ finishedAt = '' }) => finishedAt).sort();
  const parentEnd = (await log.getSummary(parent.id))?.finishedAt ?? '';
  expect(parentEnd >= (ends.at(-1) ?? 'never')).toBe(true);
});
