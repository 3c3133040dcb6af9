import type { Logger } from '../logger.ts';
import type { NewTaskFile, StoredFile } from './stored-file.ts';

/** A task that a running one asks for. It inherits the owner. */
export type ChildRequest = {
  /** Name of a task definition. */
  readonly name: string;
  /** Parameters that the definition's schema accepts. */
  readonly parameters: unknown;
  /** For people. @default the name */
  readonly label?: string;
  /** Not before this many seconds from now, 0 to 900. */
  readonly delaySeconds?: number;
  /** Its own children do not change its status. @default false */
  readonly masterStatus?: boolean;
};

/** Everything that running code can learn and do about its task. */
export interface TaskContext {
  readonly taskId: string;
  readonly label: string;
  readonly owner: string | undefined;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborts on timeout, on shutdown after the grace period, and when the lease is lost. */
  readonly signal: AbortSignal;
  /** Its lines carry the task's id and attempt. */
  readonly logger: Logger;
  /**
   * Shows how far the task is. Stored at most once a second (one write unit); the rest is dropped.
   * Never rejects: what only informs must not fail the work.
   * @param percent 0 to 100
   * @param message its first 200 characters are kept
   */
  progress(percent: number, message?: string): Promise<void>;
  /**
   * Stores a file that the task made. If this attempt completes the task, it is the task's file, for
   * its owner to download. A task has one file: a second one takes the place of the first.
   * @throws {PermanentTaskError} when the name is none
   * @throws {FilesUnavailableError} when the file store cannot be reached: let it fail the attempt
   */
  storeFile(file: NewTaskFile): Promise<StoredFile>;
  /**
   * Enqueues a child: this task, once its own work is completed, stays `child_running` until the
   * child has ended, and fails if it did. An attempt that asks for what an earlier one asked for gets
   * the same child, which does not run again.
   * @returns its id
   * @throws what the dispatcher throws for such a task
   */
  enqueueChild(child: ChildRequest): Promise<string>;
  /** Enqueues any number of children in batches of 100. When one fails, others may be enqueued. */
  enqueueChildren(children: readonly ChildRequest[]): Promise<readonly string[]>;
}
