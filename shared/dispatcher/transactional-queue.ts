import type { Task } from '../task/task.ts';

/** A task that is being sent. */
export type OutgoingTask = {
  readonly task: Task;
  /** The encoded message. */
  readonly body: string;
  /** 0 to 900. */
  readonly delaySeconds: number;
};

/**
 * An open transaction of the caller, on a connection to the database of the task log: a client of
 * `pg`, or an object with its `query`. A pool does not work: it runs each statement in a transaction
 * of its own.
 */
export type Transaction = {
  query(statement: { readonly text: string; readonly values?: unknown[] }): Promise<unknown>;
};

/** A queue in the database of the task log. Message and first record are stored together. */
export interface TransactionalQueue {
  /** Stores any number of tasks. Resolves to one entry per task, in order: undefined, or the error. */
  enqueue(tasks: readonly OutgoingTask[]): Promise<(Error | undefined)[]>;

  /** Enqueues the tasks when the transaction commits. A rollback discards them. */
  enqueueWithin(transaction: Transaction, tasks: readonly OutgoingTask[]): Promise<void>;
}
