import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { meterDynamodb } from '../../../functions/usage-meter.ts';
import { createSqsClient } from '../../../functions/wiring.ts';
import { SqsBroker } from '../../../shared/broker/sqs-broker.ts';
import { parseConfig } from '../../../shared/config/config.ts';
import { DynamodbTable } from '../../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../../shared/task-log/dynamodb-task-log.ts';
import type { TaskLog } from '../../../shared/task-log/task-log.ts';
import { Worker } from '../../../shared/worker/worker.ts';
import { benchTask } from '../bench-task.ts';
import { delayRequests, instrument } from '../instrument.ts';
import type { Job } from '../job.ts';
import { NullTaskLog } from '../null-task-log.ts';
import type { StartSystem, SystemContext } from './system.ts';

// As functions/wiring.ts makes it: the options are part of what we deploy.
const CONNECTION_TIMEOUT_MS = 3000;
const DYNAMODB_TIMEOUT_MS = 5000;

const sqsClient = ({ job, usage, recorder }: SystemContext): SQSClient =>
  instrument(createSqsClient(job.sqs), job, usage, recorder);

function taskLog({ job, usage }: SystemContext): TaskLog {
  const client = new DynamoDBClient({
    endpoint: job.dynamodb,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: DYNAMODB_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
  meterDynamodb(client, usage);
  delayRequests(client, job.roundTripMs);
  return new DynamodbTaskLog(new DynamodbTable(DynamoDBDocumentClient.from(client), job.table), 30);
}

const configOf = ({ queues, strategy, lanes, concurrency }: Job) =>
  parseConfig(
    {
      queues: queues.map(({ name, weight }) => ({ name, weight, broker: { type: 'sqs' } })),
      strategy,
      worker: { lanes, concurrency },
    },
    'of the benchmark',
  );

const complain = (message: string, fields?: Record<string, unknown>): void => {
  process.stderr.write(`${message} ${String(fields?.['error'] ?? '')}\n`);
};

/** The real worker, with its own defaults. */
const startWorker = (context: SystemContext, log: TaskLog): void => {
  const { job, recorder } = context;
  const handler = benchTask.handledBy(({ parameters }) => recorder.run(parameters));
  const worker = new Worker({
    config: configOf(job),
    brokers: new Map(
      job.queues.map(({ name, ...address }) => [
        name,
        new SqsBroker(name, address, () => sqsClient(context)),
      ]),
    ),
    log,
    handlers: new Map([[benchTask.name, handler]]),
    workerId: `bench-${process.pid}`,
    logger: { info: () => {}, warn: complain, error: complain },
  });
  void worker.run();
};

export const startOurs: StartSystem = (context) => startWorker(context, new NullTaskLog());

export const startOursWithLog: StartSystem = (context) => startWorker(context, taskLog(context));
