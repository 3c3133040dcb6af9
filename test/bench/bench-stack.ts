import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import {
  type Endpoints,
  emulatorEnvironment,
  startEmulators,
} from '../../functions/dev/servers/emulators.ts';
import { ProcessGroup } from '../../functions/dev/servers/process-group.ts';
import { createLocalResources, type WithTable } from '../../functions/wiring/local-resources.ts';
import { parseConfig } from '../../shared/config/config.ts';
import type { Resources } from '../../shared/deployment/resources.ts';

/** Requests with which a new emulator is warmed up, so that the first system is not the slowest. */
const WARM_UP_BATCHES = 300;

const ACCESS = { region: 'us-east-1', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };

/** The emulators of one scenario, and the processes that work on them. */
export class BenchStack {
  readonly endpoints: Endpoints;
  readonly sqs: SQSClient;
  readonly dynamodb: DynamoDBClient;
  readonly processes: ProcessGroup;
  #prefixes = 0;

  private constructor(processes: ProcessGroup, endpoints: Endpoints) {
    this.processes = processes;
    this.endpoints = endpoints;
    this.sqs = new SQSClient({ ...ACCESS, endpoint: endpoints.sqs });
    this.dynamodb = new DynamoDBClient({ ...ACCESS, endpoint: endpoints.dynamodb });
  }

  static async start(): Promise<BenchStack> {
    const processes = new ProcessGroup();
    try {
      const stack = new BenchStack(processes, await startEmulators(processes));
      await stack.#warmUp();
      return stack;
    } catch (error) {
      await processes.stopAll();
      throw error;
    }
  }

  /** The variables of a child. */
  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, ...emulatorEnvironment(this.endpoints) };
  }

  /** New, empty queues and a table, as they are deployed. */
  createResources(queueNames: readonly string[]): Promise<WithTable> {
    const { queues, worker } = parseConfig(
      { queues: queueNames.map((name) => ({ name, weight: 1, broker: { type: 'sqs' } })) },
      'of the benchmark',
    );
    this.#prefixes += 1;
    const prefix = `run-${this.#prefixes}-`;
    return createLocalResources({ queues, worker }, { ...this, prefix });
  }

  async deleteResources({ queues, table }: Resources): Promise<void> {
    const urls = Object.values(queues).flatMap(({ url, deadLetterUrl }) => [url, deadLetterUrl]);
    await Promise.all(urls.map((QueueUrl) => this.sqs.send(new DeleteQueueCommand({ QueueUrl }))));
    await this.dynamodb.send(new DeleteTableCommand({ TableName: table }));
  }

  /** Ends all processes. */
  async stop(): Promise<void> {
    await this.processes.stopAll();
    this.sqs.destroy();
    this.dynamodb.destroy();
  }

  /** Lets the JIT compile the server's code before anything is measured. */
  async #warmUp(): Promise<void> {
    const resources = await this.createResources(['warm-up']);
    const QueueUrl = resources.queues['warm-up']?.url;
    const ten = Array.from({ length: 10 }, (_, index) => ({
      Id: String(index),
      MessageBody: 'x'.repeat(250),
    }));
    for (let batch = 0; batch < WARM_UP_BATCHES; batch++) {
      await this.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries: ten }));
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
      );
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({
        Id: String(index),
        ReceiptHandle,
      }));
      await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
    await this.deleteResources(resources);
  }
}
