import { randomUUID } from 'node:crypto';
import type { BulkDefaults } from './bulk-line.ts';

/** A place in the file: the number of lines before it, and their digest. */
export type Position = { readonly lines: number; readonly sha256: string };

/** Values that must not change during a run: the same lines would create other tasks. */
export type BulkTarget = BulkDefaults & {
  /** The table of the task log, or its database. */
  readonly table: string;
};

/**
 * How far a file has come. Lines after `done` up to `open` may have been sent, or not; those after
 * `open` were not.
 */
export type BulkProgress = {
  readonly version: 1;
  /** Random. The ids of the tasks follow from it. */
  readonly key: string;
  readonly target: BulkTarget;
  readonly done: Position & {
    readonly enqueued: number;
    readonly refused: number;
    /** Length of the file of refused lines. */
    readonly refusalBytes: number;
  };
  /** The file that keeps the refusals, if one does. */
  readonly refusalsAt?: string;
  /** The window being sent, with the time of its tasks: milliseconds since 1970. */
  readonly open?: Position & { readonly at: number };
};

/** Keeps the progress where it survives the process. */
export interface BulkJournal {
  /** Resolves when it will be there after a crash, of the machine too; till then, the one before is. */
  write(progress: BulkProgress): Promise<void>;
}

/** Where a file begins. @param sha256 of no lines */
export const beginning = (target: BulkTarget, sha256: string): BulkProgress => ({
  version: 1,
  key: randomUUID(),
  target,
  done: { lines: 0, sha256, enqueued: 0, refused: 0, refusalBytes: 0 },
});
