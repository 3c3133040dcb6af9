import { batchesOf } from '../batches.ts';
import type {
  OutgoingTask,
  Transaction,
  TransactionalQueue,
} from '../dispatcher/transactional-queue.ts';
import { BrokerUnavailableError, SchemaMismatchError } from '../errors.ts';
import type { Expiry, RetentionDays } from '../task-log/expiry.ts';
import type { PostgresDatabase } from './database.ts';
import { expiryFromNow, type Statement, secondsAfter } from './sql.ts';
import { TASK_COLUMNS, taskValues } from './task-log/rows.ts';

/** Limits of one statement. */
const BATCH = { entries: 1000, bytes: 4_194_304 };

/** Rows of a JSON array; null is NULL. In an array of PostgreSQL it would be text while `array_nulls` is off. */
const texts = (place: string): string => `json_array_elements_text(${place}::json)`;

/**
 * $1 queue, $2 bodies, $3 delays in seconds, $4 in how many seconds records of the unfinished expire, then
 * the columns of the tasks. All but delays and booleans are JSON arrays. In the order of ids, so that two
 * statements with the same tasks cannot lock each other out.
 *
 * A task that has a record already, as when a request is repeated, keeps it; its claim tells the
 * messages apart.
 */
const ENQUEUE = `
  WITH sent AS (
    INSERT INTO task_queue.messages (queue, body, visible_at)
    SELECT $1, body, clock_timestamp() + delay * interval '1 second'
    FROM ROWS FROM (${texts('$2')}, unnest($3::integer[])) AS message (body, delay)
  )
  INSERT INTO task_queue.task_log (${TASK_COLUMNS}, status, updated_at, expires_at, due_at)
  SELECT id, name, label, owner, parent_id, retry_of, master_status, parameters::json, parameters_at,
    created_at::timestamptz, queue, 'enqueued', now(), ${secondsAfter('now()', '$4')},
    now() + nullif(delay, 0) * interval '1 second'
  FROM ROWS FROM (unnest($3::integer[]), ${texts('$5')}, ${texts('$6')}, ${texts('$7')}, ${texts('$8')},
    ${texts('$9')}, ${texts('$10')}, unnest($11::boolean[]), ${texts('$12')},
    ${texts('$13')}, ${texts('$14')}, ${texts('$15')}) AS task (delay, ${TASK_COLUMNS})
  ORDER BY id
  ON CONFLICT DO NOTHING`;

/** Message and record in one statement, which is a transaction of its own or part of the caller's. */
export class PostgresTransactionalQueue implements TransactionalQueue {
  readonly #queue: string;
  readonly #database: PostgresDatabase;
  readonly #expiry: Expiry;
  #isSchemaKnown = false;

  /** @param retentionDays as of the task log */
  constructor(queue: string, database: PostgresDatabase, retentionDays: RetentionDays) {
    this.#queue = queue;
    this.#database = database;
    this.#expiry = expiryFromNow(retentionDays);
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
    const rows = batch.map(({ task }) => taskValues(task, this.#queue));
    const columns = rows[0]?.map((_value, column) => columnOf(rows.map((row) => row[column])));
    return {
      text: ENQUEUE,
      values: [
        this.#queue,
        columnOf(batch.map(({ body }) => body)),
        batch.map(({ delaySeconds }) => delaySeconds),
        this.#expiry.ofUnfinished,
        ...(columns ?? []),
      ],
    };
  }
}

/** A column of booleans is an array; any other is JSON, where text must be whole characters. */
const columnOf = (values: readonly unknown[]): unknown =>
  typeof values[0] === 'boolean'
    ? values
    : JSON.stringify(
        values.map((value) => (typeof value === 'string' ? value.toWellFormed() : value)),
      );
