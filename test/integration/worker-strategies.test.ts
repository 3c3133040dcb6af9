import { writeFile } from 'node:fs/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DynamodbControlStore } from '../../shared/dynamodb/stores.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { encodeTask } from '../../shared/task/message.ts';
import { aConfig } from '../support/a-config.ts';
import { aTask } from '../support/a-task.ts';
import { meteredDocuments, ownResources, sqsClient } from '../support/aws.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

// Real worker processes with the strategies of test/tasks/strategies.ts.

let workers: ReturnType<typeof workerProcesses>;
beforeEach(() => {
  workers = workerProcesses();
});
afterEach(() => workers.stopAll());

const QUEUES = ['heavy', 'light'].map((name, index) => ({
  name,
  weight: 90 - 80 * index,
  broker: { type: 'sqs' },
}));

async function setup(strategy: string) {
  const config = aConfig({ queues: QUEUES, strategy, worker: { pollWaitSeconds: 1 } });
  const resources = await ownResources(config);
  const env = await processEnvironment(config, resources);
  const table = new DynamodbTable(meteredDocuments(), resources.table);
  const log = dynamodbTaskLog(table, { retentionDays: 30 });
  const enqueue = async (queue: string): Promise<string> => {
    const task = aTask({ name: 'compute-statistics', parameters: { values: [1, 2] } });
    const QueueUrl = resources.queues[queue]?.url;
    await sqsClient().send(new SendMessageCommand({ QueueUrl, MessageBody: encodeTask(task) }));
    return task.id;
  };
  const statusOf = async (id: string) => (await log.getSummary(id))?.status;
  return { config, env, enqueue, statusOf, control: new DynamodbControlStore(table) };
}

const eventually = <Result>(check: () => Result): Promise<Result> =>
  vi.waitFor(check, { timeout: 15_000, interval: 50 });

const FAILURE = 'the strategy failed; \\"weighted\\" decides whenever it does';

describe('a real worker process', { timeout: 60_000 }, () => {
  test.each(['throwing', 'nonsense'])(
    'with the strategy "%s" finishes all its tasks, logs once, and ends with 0',
    async (strategy) => {
      const { env, enqueue, statusOf } = await setup(strategy);
      const ids = await Promise.all(
        QUEUES.flatMap(({ name }) => Array(15).fill(name)).map(enqueue),
      );

      const worker = await workers.start(env);
      await eventually(async () =>
        expect(new Set(await Promise.all(ids.map(statusOf)))).toEqual(new Set(['completed'])),
      );
      process.kill(worker.pid, 'SIGTERM');

      expect((await worker.exited).code).toBe(0);
      const failures = worker.lines.filter((line) => line.includes(FAILURE));
      expect(failures).toHaveLength(1);
      expect(failures[0]).toContain(`"strategy":"${strategy}"`);
    },
  );

  test('with an unknown strategy does not start, and names those that there are', async () => {
    const { env } = await setup('lightest');

    await expect(workers.start(env)).rejects.toThrow(
      /"lightest" is unknown; expected one of "weighted".*"lightest-first"/,
    );
  });

  test('changes to a strategy of the project by live settings, and refuses an unknown one', async () => {
    const { env, control, config } = await setup('weighted');
    await control.write(0, { strategy: 'lightest-first' }, 'ann');

    const worker = await workers.start(env);

    expect(worker.lines.join()).toContain('"to":"lightest-first"');
    const path = env['TASK_QUEUE_CONFIG'] ?? '';
    await writeFile(path, JSON.stringify({ ...config, strategy: 'lightest' }));
    await eventually(() => expect(worker.lines.join()).toContain('\\"lightest\\" is unknown'));
  });
});
