import { fileURLToPath } from 'node:url';
import { describe, expect, inject, type TestContext, test, vi } from 'vitest';
import { emulatorEnvironment } from '../../functions/dev/servers/emulators.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { SqsBroker } from '../../shared/sqs/broker.ts';
import { aConfig } from '../support/a-config.ts';
import { meteredDocuments, ourSqsClient, ownResources } from '../support/aws.ts';
import { startDeadlyProxies } from '../support/deadly-proxy.ts';
import { processEnvironment, workerProcesses } from '../support/worker-process.ts';

// Real processes: an API that is killed in the middle of a request, the one that comes after it,
// and a worker, over real SQS and DynamoDB servers.

const API_SERVER = fileURLToPath(
  new URL('../../functions/dev/local-api/api-server.ts', import.meta.url),
);
const TASK = { name: 'compute-statistics', parameters: { values: [1, 2, 9] } };

/** @param onTestFinished of the test itself: several run at once */
async function setup({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const proxies = await startDeadlyProxies(inject('endpoints'));
  const processes = new ProcessGroup();
  const workers = workerProcesses();
  onTestFinished(async () => {
    await workers.stopAll();
    await processes.stopAll();
    proxies.close();
  });
  // A message that comes while its twin runs is left alone for so long.
  const config = aConfig({ worker: { pollWaitSeconds: 1, visibilityTimeoutSeconds: 3 } });
  const resources = await ownResources(config);
  const env = await processEnvironment(config, resources);
  const log = dynamodbTaskLog(new DynamodbTable(meteredDocuments(), resources.table), {
    retentionDays: 30,
  });
  const address = resources.queues['main'] ?? { url: '', deadLetterUrl: '' };
  const broker = new SqsBroker('main', address, () => ourSqsClient());

  const startApi = () =>
    processes.start({
      name: 'the API',
      command: process.execPath,
      args: [API_SERVER],
      env: { ...env, ...emulatorEnvironment({ ...inject('endpoints'), ...proxies.endpoints }) },
      ready: /^ready (\S+)/,
    });
  const post = (url: string) =>
    fetch(`${url}/tasks`, {
      method: 'POST',
      headers: { 'idempotency-key': 'order-42' },
      body: JSON.stringify([TASK, TASK]),
    });
  return { env, log, broker, proxies, workers, startApi, post };
}

describe.concurrent('an API process killed in a request with an idempotency key', {
  timeout: 60_000,
}, () => {
  test.for([
    ['after the key is stored', 'PutItem', 1],
    ['after the messages are sent', 'SendMessageBatch', 1],
    ['after a record is written', 'PutItem', 2],
    ['before it answers', 'PutItem', 3],
  ] as const)(
    '%s leaves a request that its repetition finishes',
    async ([, operation, n], context) => {
      const { env, log, broker, proxies, workers, startApi, post } = await setup(context);
      const first = await startApi();
      proxies.killAfter(first.pid, operation, n);
      await expect(post(first.announced)).rejects.toThrow();
      expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

      const { announced: url } = await startApi();
      const second = await post(url);
      const third = await post(url);

      expect([second.status, third.status]).toEqual([202, 202]);
      const text = await second.text();
      expect(await third.text()).toBe(text);
      expect(third.headers.get('idempotency-replayed')).toBe('true');

      await workers.start(env);
      await vi.waitFor(
        async () => {
          expect(await log.countByStatus()).toEqual({ completed: 2 });
          expect(await broker.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 0 });
        },
        { timeout: 20_000, interval: 50 },
      );
      const { items } = JSON.parse(text) as { items: { id: string }[] };
      for (const { id } of items) expect(await log.getSummary(id)).toMatchObject({ attempt: 1 });
      expect(new Set(items.map(({ id }) => id)).size).toBe(2);
    },
  );
});
