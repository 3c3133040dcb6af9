import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamodbClient } from '../../../functions/wiring/dynamodb.ts';
import { meterDynamodb, meterSqs } from '../../../functions/wiring/usage-meter.ts';
import type { Broker, Delivery } from '../../../shared/broker/broker.ts';
import { pause } from '../../../shared/clock.ts';
import { parseConfig } from '../../../shared/config/config.ts';
import type { QueueAddress } from '../../../shared/deployment/resources.ts';
import { DynamodbTable } from '../../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../../shared/dynamodb/task-log/task-log.ts';
import { SqsBroker } from '../../../shared/sqs/broker.ts';
import { SqsClient } from '../../../shared/sqs/client.ts';
import type { TaskLog } from '../../../shared/task-log/task-log.ts';
import { Worker } from '../../../shared/worker/worker.ts';
import { benchTask } from '../bench-task.ts';
import { delayRequests } from '../instrument.ts';
import type { Job } from '../job.ts';
import { NullTaskLog } from '../null-task-log.ts';
import type { Recorder } from '../recorder.ts';
import type { StartSystem, SystemContext } from './system.ts';

/** As functions/wiring/dynamodb.ts puts it together, with each request delayed by the round trip. */
function connect({ job, usage, recorder }: SystemContext): Connections {
  const dynamodb = createDynamodbClient(job.dynamodb);
  meterDynamodb(dynamodb, usage);
  delayRequests(dynamodb, job.roundTripMs);
  const { region, credentials } = dynamodb.config;
  const count = meterSqs(usage);
  const beforeRequest = (operation: string, queueUrl: string): void | Promise<void> => {
    count(operation, queueUrl);
    if (job.roundTripMs > 0) return pause(job.roundTripMs);
  };
  const createClient = (): SqsClient =>
    new SqsClient({ region, credentials, endpoint: job.sqs, beforeRequest });
  const table = new DynamodbTable(DynamoDBDocumentClient.from(dynamodb), job.table);
  return {
    log: dynamodbTaskLog(table, { retentionDays: RETENTION_DAYS }),
    brokers: new Map(
      job.queues.map(({ name, ...address }) => [
        name,
        new CountedBroker(name, address, createClient, recorder),
      ]),
    ),
  };
}

type Connections = { readonly brokers: ReadonlyMap<string, Broker>; readonly log: TaskLog };

const RETENTION_DAYS = 30;

class CountedBroker extends SqsBroker {
  readonly #recorder: Recorder;

  constructor(name: string, address: QueueAddress, create: () => SqsClient, recorder: Recorder) {
    super(name, address, create);
    this.#recorder = recorder;
  }

  override async ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    const failed = await super.ack(deliveries);
    this.#recorder.acked(deliveries.length - failed.length);
    return failed;
  }
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
function startWorker({ job, recorder }: SystemContext, { brokers, log }: Connections): void {
  const handler = benchTask.handledBy(({ parameters }) => recorder.run(parameters));
  const worker = new Worker({
    config: configOf(job),
    brokers,
    log,
    handlers: new Map([[benchTask.name, handler]]),
    workerId: `bench-${process.pid}`,
    logger: { info: () => {}, warn: complain, error: complain },
  });
  void worker.run();
}

export const startOurs: StartSystem = (context) =>
  startWorker(context, { ...connect(context), log: new NullTaskLog() });

export const startOursWithLog: StartSystem = (context) => startWorker(context, connect(context));
