import { rm } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { emulatorEnvironment, startEmulators } from '../../functions/dev/servers/emulators.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { createLocalResources } from '../../functions/wiring/local-resources.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { type Resources, tableOf } from '../../shared/deployment/resources.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { SqsBroker } from '../../shared/sqs/broker.ts';
import { SqsClient } from '../../shared/sqs/client.ts';
import { taskCatalogue } from '../../shared/task/task-definition.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import { appendEffect } from './append-effect.ts';
import { type ChaosStack, prepareWorkers, quiet, sumOf, WORKER_CONFIG } from './chaos-stack.ts';
import { FaultProxy } from './fault-proxy.ts';
import { seededRandom } from './seeded-random.ts';

const ACCESS = { region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };

const config = parseConfig(
  {
    queues: [
      { name: 'priority', weight: 90, broker: { type: 'sqs' } },
      { name: 'background', weight: 10, broker: { type: 'sqs' } },
    ],
    defaultQueue: 'background',
    worker: WORKER_CONFIG,
  },
  'of the chaos run',
);

/** SQS and DynamoDB, each behind a proxy. */
export async function startAwsChaosStack(seed: number): Promise<ChaosStack> {
  const processes = new ProcessGroup();
  const endpoints = await startEmulators(processes);
  const resources = await createLocalResources(config, {
    sqs: new SQSClient({ ...ACCESS, endpoint: endpoints.sqs }),
    dynamodb: new DynamoDBClient({ ...ACCESS, endpoint: endpoints.dynamodb }),
  });
  const sqs = new FaultProxy(endpoints.sqs, seededRandom(seed));
  const dynamodb = new FaultProxy(endpoints.dynamodb, seededRandom(seed + 1));
  const proxies = [sqs, dynamodb];
  await Promise.all(proxies.map((proxy) => proxy.listen()));
  const faulty = { sqs: sqs.url, s3: endpoints.s3, dynamodb: dynamodb.url };
  const env = emulatorEnvironment(faulty);
  const workers = await prepareWorkers(processes, config, { resources, env });
  const setOut = async (isOut: boolean): Promise<void> => {
    for (const proxy of proxies) proxy.isOut = isOut;
  };
  return {
    ...workers,
    servers: 'SQS and DynamoDB',
    dispatcher: dispatcherThrough(sqs.url, dynamodb.url, resources),
    log: taskLogAt(endpoints.dynamodb, resources),
    setFaults: (rate) => {
      for (const proxy of proxies) proxy.rate = rate;
    },
    breakDown: () => setOut(true),
    restore: () => setOut(false),
    injected: () => sumOf(proxies.map(({ injected }) => injected)),
    stop: async () => {
      await processes.stopAll();
      for (const proxy of proxies) proxy.close();
      await rm(workers.directory, { recursive: true });
    },
  };
}

function taskLogAt(endpoint: string, resources: Resources): TaskLog {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ ...ACCESS, endpoint }));
  const table = new DynamodbTable(documents, tableOf(resources));
  return dynamodbTaskLog(table, { retentionDays: 30 });
}

function dispatcherThrough(sqsUrl: string, dynamodbUrl: string, resources: Resources): Dispatcher {
  const createClient = (): SqsClient => new SqsClient({ ...ACCESS, endpoint: sqsUrl });
  const brokers = Object.entries(resources.queues).map(
    ([name, address]) => [name, new SqsBroker(name, address, createClient)] as const,
  );
  return new Dispatcher({
    config,
    catalogue: taskCatalogue([appendEffect]),
    brokers: new Map(brokers),
    log: taskLogAt(dynamodbUrl, resources),
    logger: quiet,
  });
}
