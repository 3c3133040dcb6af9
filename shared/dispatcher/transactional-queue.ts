import type { Task } from '../task/task.ts';

/** A task on its way. */
export type OutgoingTask = {
  readonly task: Task;
  /** Its message. */
  readonly body: string;
  /** 0 to 900. */
  readonly delaySeconds: number;
};

/**
 * An open transaction of the caller's, on a connection to the database of the task log: a client of
 * `pg`, or what has its `query`. Not a pool: each statement would be a transaction of its own.
 */
export type Transaction = {
  query(statement: { readonly text: string; readonly values?: unknown[] }): Promise<unknown>;
};

/** A queue whose messages are where the task log is: message and first record are stored together. */
export interface TransactionalQueue {
  /** Stores them, any number, and answers for each in the same order: `undefined`, or why it is not. */
  enqueue(tasks: readonly OutgoingTask[]): Promise<(Error | undefined)[]>;

  /** They are enqueued when the transaction commits, and never were when it does not. */
  enqueueWithin(transaction: Transaction, tasks: readonly OutgoingTask[]): Promise<void>;
}
