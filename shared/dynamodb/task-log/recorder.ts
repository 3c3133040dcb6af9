import { BatchExecuteStatementCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Clock, isoTime } from '../../clock.ts';
import type { Task } from '../../task/task.ts';
import type { Expiry } from '../../task-log/expiry.ts';
import { dueIn, undecodableTask } from '../../task-log/record.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import type { TaskRecorder, UndecodableMessage } from '../../task-log/task-log.ts';
import type { Item } from '../table.ts';
import { failureMark, type TaskItem, taskAttributes, taskKey } from './items.ts';
import type { OverflowItems } from './overflow-items.ts';

type RecorderDeps = {
  readonly inserts: Inserts;
  readonly expiry: Expiry;
  readonly overflow: OverflowItems;
  readonly clock: Clock;
};

/** Writes the first record of a task. A claim may have written it before: then nothing changes. */
export class DynamodbRecorder implements TaskRecorder {
  readonly #deps: RecorderDeps;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  async recordEnqueued(task: Task, queue: string, delaySeconds = 0): Promise<void> {
    const { inserts, overflow, clock } = this.#deps;
    await overflow.putParameters(task);
    const due = dueIn(delaySeconds, clock);
    await inserts.putNew({ ...this.#newItem(task, queue, 'enqueued'), ...due });
  }

  async recordUndecodable(message: UndecodableMessage): Promise<void> {
    const { task, report } = undecodableTask(message);
    const item = this.#newItem(task, message.queue, 'unknown');
    const mark = failureMark(task.id, 'unknown');
    await this.#deps.inserts.putNew({ ...item, ...mark, report: JSON.stringify(report) });
  }

  #newItem(task: Task, queue: string, status: TaskStatus): TaskItem {
    return {
      ...taskKey(task.id),
      ...taskAttributes(task),
      queue,
      status,
      claims: 0,
      snoozes: 0,
      updatedAt: isoTime(this.#deps.clock.now()),
      expiresAt: this.#deps.expiry.ofUnfinished,
    };
  }
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html */
const MAX_STATEMENTS = 25;

/** Requests at a time: while they are on their way, what is asked for next fills the next batches. */
const PARALLEL = 4;

/** Resolves when there is an item under the key: this one, or one that was there before. */
export type Inserts = { putNew(item: Item): Promise<unknown> };

type Waiting = {
  readonly item: Item;
  readonly settle: (done: Promise<unknown>) => void;
};

/**
 * Puts items whose keys are free, many in one request: those that are asked for at the same time. A batch write
 * could replace an item that is there, a claim above all; PartiQL's INSERT cannot, and costs the
 * same write units as a conditional put.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
 */
export class InsertBatcher implements Inserts {
  readonly #client: DynamoDBDocumentClient;
  readonly #tableName: string;
  readonly #table: Inserts;
  #waiting: Waiting[] = [];
  #inFlight = 0;
  #isPumpDue = false;

  /** @param table takes what a batch did not: alone, with retries of its own */
  constructor(client: DynamoDBDocumentClient, tableName: string, table: Inserts) {
    this.#client = client;
    this.#tableName = tableName;
    this.#table = table;
  }

  putNew(item: Item): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#waiting.push({ item, settle: resolve });
    if (!this.#isPumpDue) setImmediate(() => this.#pump());
    this.#isPumpDue = true;
    return promise;
  }

  #pump(): void {
    this.#isPumpDue = false;
    while (this.#waiting.length > 0 && this.#inFlight < PARALLEL) {
      void this.#insert(this.#waiting.splice(0, MAX_STATEMENTS));
    }
  }

  /** Puts a failed record alone: throttled, or without the permission dynamodb:PartiQLInsert. */
  async #insert(batch: readonly Waiting[]): Promise<void> {
    this.#inFlight += 1;
    const failed =
      batch.length === 1 ? new Set([0]) : await this.#tryInsert(batch.map(({ item }) => item));
    this.#inFlight -= 1;
    for (const [index, { item, settle }] of batch.entries()) {
      settle(failed.has(index) ? this.#table.putNew(item) : Promise.resolve());
    }
    this.#pump();
  }

  async #tryInsert(items: readonly Item[]): Promise<ReadonlySet<number>> {
    try {
      const Statements = items.map((item) => this.#statementOf(item));
      const { Responses = [] } = await this.#client.send(
        new BatchExecuteStatementCommand({ Statements }),
      );
      const isIn = (index: number): boolean => {
        const response = Responses[index];
        return (
          response !== undefined && (response.Error?.Code ?? 'DuplicateItem') === 'DuplicateItem'
        );
      };
      return new Set([...items.keys()].filter((index) => !isIn(index)));
    } catch {
      return new Set(items.keys());
    }
  }

  #statementOf(item: Item): { Statement: string; Parameters: unknown[] } {
    const present = Object.entries(item).filter(([, value]) => value !== undefined);
    const pairs = present.map(([name]) => `'${name}': ?`).join(', ');
    return {
      Statement: `INSERT INTO "${this.#tableName}" VALUE {${pairs}}`,
      Parameters: present.map(([, value]) => value),
    };
  }
}
