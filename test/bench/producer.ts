import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { WithTable } from '../../functions/wiring/local-resources.ts';
import { pause } from '../../shared/clock.ts';
import { DynamodbTable } from '../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../shared/dynamodb/task-log/task-log.ts';
import { encodeTask } from '../../shared/task/message.ts';
import type { TaskLog } from '../../shared/task-log/task-log.ts';
import type { BenchStack } from './bench-stack.ts';
import { type BenchParameters, benchTaskOf, wallClock } from './bench-task.ts';

const BATCH = 10;
/** Batches under way at once while queues are filled. */
const PARALLEL = 8;

export type PlannedTask = Pick<BenchParameters, 'queue' | 'milliseconds'>;

/** Sends the tasks of one run and numbers them. */
export class Producer {
  readonly #stack: BenchStack;
  readonly #resources: WithTable;
  readonly #roundTripMs: number;
  readonly #sentAt = new Map<number, number>();
  #nextIndex = 0;

  /** @param roundTripMs of each timed task; filling a queue is not part of what is measured */
  constructor(stack: BenchStack, resources: WithTable, roundTripMs: number) {
    this.#stack = stack;
    this.#resources = resources;
    this.#roundTripMs = roundTripMs;
  }

  /** Puts tasks into their queues, fast. @param record also writes them to the task log, as the API does */
  async fill(tasks: readonly PlannedTask[], record = false): Promise<void> {
    const numbered = tasks.map((task) => ({ ...task, sentAt: 0, index: this.#nextIndex++ }));
    const batches = [...Map.groupBy(numbered, ({ queue }) => queue).values()].flatMap(inBatches);
    const log = this.#taskLog();
    const fillNext = async (): Promise<void> => {
      for (let batch = batches.pop(); batch; batch = batches.pop()) {
        await this.#send(batch, record ? log : undefined);
      }
    };
    batches.reverse();
    await Promise.all(Array.from({ length: PARALLEL }, fillNext));
  }

  /** When each timed task was sent, by index and `wallClock`. */
  get sentAt(): ReadonlyMap<number, number> {
    return this.#sentAt;
  }

  /** Sends one task now, and notes when in the task itself. */
  async sendTimed(task: PlannedTask): Promise<void> {
    const parameters = { ...task, sentAt: wallClock(), index: this.#nextIndex++ };
    this.#sentAt.set(parameters.index, parameters.sentAt);
    if (this.#roundTripMs > 0) await pause(this.#roundTripMs);
    await this.#send([parameters]);
  }

  async #send(batch: readonly BenchParameters[], log?: TaskLog): Promise<void> {
    const queue = batch[0]?.queue ?? '';
    const tasks = batch.map(benchTaskOf);
    const Entries = tasks.map((task, index) => ({
      Id: String(index),
      MessageBody: encodeTask(task),
    }));
    const QueueUrl = this.#resources.queues[queue]?.url;
    const { Failed = [] } = await this.#stack.sqs.send(
      new SendMessageBatchCommand({ QueueUrl, Entries }),
    );
    if (Failed.length > 0) throw new Error(`not sent: ${JSON.stringify(Failed)}`);
    if (log) await Promise.all(tasks.map((task) => log.recordEnqueued(task, queue)));
  }

  #taskLog(): TaskLog {
    const documents = DynamoDBDocumentClient.from(this.#stack.dynamodb);
    return dynamodbTaskLog(new DynamodbTable(documents, this.#resources.table), {
      retentionDays: 30,
    });
  }
}

const inBatches = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / BATCH) }, (_, index) =>
    items.slice(index * BATCH, (index + 1) * BATCH),
  );
