import type { Logger } from '../logger.ts';

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

/** A file that a task made, as its record keeps it. */
export type StoredFile = {
  /** In the file store. */
  readonly key: string;
  /** File name of a download. */
  readonly name: string;
  readonly bytes: number;
  readonly contentType: string;
};

/** A file as a handler has it: on its disk, or in memory. */
export type NewTaskFile = {
  /** 1 to 255 bytes, no path. */
  readonly name: string;
  /** @default 'application/octet-stream' */
  readonly contentType?: string;
} & ({ readonly path: string } | { readonly content: Uint8Array });

/** Thrown by a handler: trying again will not help. The task fails now, without further attempts. */
export class PermanentTaskError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentTaskError';
  }
}

/** Thrown by a handler: not now, and not a failure. The task runs again later, no attempt is used. */
export class RetryLaterError extends Error {
  readonly delaySeconds: number;

  /** @param delaySeconds 1 to 43,000: an SQS message can stay hidden for 12 h, its run included */
  constructor(delaySeconds: number, message = `asked to run again in ${delaySeconds} s`) {
    super(message);
    this.name = 'RetryLaterError';
    this.delaySeconds = Math.min(Math.max(Math.ceil(delaySeconds) || 1, 1), 43_000);
  }
}
