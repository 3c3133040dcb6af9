import { batchesOf } from '../batches.ts';
import { type Clock, isoTime, systemClock } from '../clock.ts';
import type {
  OutgoingTask,
  Transaction,
  TransactionalQueue,
} from '../dispatcher/transactional-queue.ts';
import { BrokerUnavailableError, SchemaMismatchError } from '../errors.ts';
import { Expiry, type RetentionDays } from '../task-log/expiry.ts';
import { dueIn } from '../task-log/record.ts';
import type { PostgresDatabase } from './database.ts';
import type { Statement } from './sql.ts';
import { TASK_COLUMNS, taskValues } from './task-log/rows.ts';

/** Limits of one statement. */
const BATCH = { entries: 1000, bytes: 4_194_304 };

/**
 * $1 queue, $2 bodies, $3 delays in seconds, $4 now, $5 when records of the unfinished expire, seconds
 * since 1970, $6 when each is due, then the columns of the tasks, each an array.
 *
 * A task that has a record already, as when a request is repeated, keeps it; its claim tells the
 * messages apart.
 */
const ENQUEUE = `
  WITH sent AS (
    INSERT INTO task_queue.messages (queue, body, visible_at)
    SELECT $1, body, clock_timestamp() + delay * interval '1 second'
    FROM unnest($2::text[], $3::integer[]) AS message (body, delay)
  )
  INSERT INTO task_queue.task_log (${TASK_COLUMNS}, status, updated_at, expires_at, due_at)
  SELECT ${TASK_COLUMNS}, 'enqueued', $4, to_timestamp($5), due_at
  FROM unnest($6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
    $12::text[], $13::boolean[], $14::json[], $15::text[], $16::timestamptz[], $17::text[])
    AS task (due_at, ${TASK_COLUMNS})
  ON CONFLICT DO NOTHING`;

/** Message and record in one statement, which is a transaction of its own or part of the caller's. */
export class PostgresTransactionalQueue implements TransactionalQueue {
  readonly #queue: string;
  readonly #database: PostgresDatabase;
  readonly #expiry: Expiry;
  readonly #clock: Clock;
  #isSchemaKnown = false;

  /** @param retentionDays as of the task log */
  constructor(
    queue: string,
    database: PostgresDatabase,
    retentionDays: RetentionDays,
    clock: Clock = systemClock,
  ) {
    this.#queue = queue;
    this.#database = database;
    this.#expiry = new Expiry(retentionDays, clock);
    this.#clock = clock;
  }

  async enqueue(tasks: readonly OutgoingTask[]): Promise<(Error | undefined)[]> {
    const batches = batchesOf(tasks, BATCH);
    const answers = await Promise.all(
      batches.map(async (batch) => {
        const failure = await this.#run(this.#statement(batch));
        return batch.map(() => failure);
      }),
    );
    const isAnyStored = answers.some(([failure]) => failure === undefined);
    if (tasks.length > 0 && isAnyStored) await this.#database.wakeUps.notify(this.#queue);
    return answers.flat();
  }

  async enqueueWithin(transaction: Transaction, tasks: readonly OutgoingTask[]): Promise<void> {
    await this.#assertSchema();
    for (const batch of batchesOf(tasks, BATCH)) {
      await transaction.query(this.#statement(batch));
    }
    await transaction.query(this.#database.wakeUps.statement(this.#queue));
  }

  /** Our connections look at the schema before they are used; the caller's does not. */
  async #assertSchema(): Promise<void> {
    if (this.#isSchemaKnown) return;
    const failure = await this.#run({ text: 'SELECT' });
    if (failure) throw failure;
    this.#isSchemaKnown = true;
  }

  async #run(statement: Statement): Promise<Error | undefined> {
    try {
      await this.#database.query(statement);
      return undefined;
    } catch (cause) {
      if (cause instanceof SchemaMismatchError) return cause;
      return new BrokerUnavailableError(this.#queue, cause);
    }
  }

  #statement(batch: readonly OutgoingTask[]): Statement {
    const rows = batch.map(({ task, delaySeconds }) => [
      dueIn(delaySeconds, this.#clock).dueAt ?? null,
      ...taskValues(task, this.#queue),
    ]);
    const columns = rows[0]?.map((_value, column) => rows.map((row) => row[column])) ?? [];
    return {
      text: ENQUEUE,
      values: [
        this.#queue,
        batch.map(({ body }) => body),
        batch.map(({ delaySeconds }) => delaySeconds),
        isoTime(this.#clock.now()),
        this.#expiry.ofUnfinished,
        ...columns,
      ],
    };
  }
}
