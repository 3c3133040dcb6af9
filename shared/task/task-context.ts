import type { NewTaskFile, StoredFile } from '../files/stored-file.ts';
import type { Logger } from '../logger.ts';

/** What running code may know about its task, and do for it. */
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
}
