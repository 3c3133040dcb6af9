import type { Cell, Tally, Whose } from './tally.ts';
import type { Checkpoints, TaskChange } from './task-change.ts';

/** Reads the number of tasks in each queue and status. @throws {LogUnavailableError} */
export interface StatsReader {
  /** Reads the counts of one owner, or of all. They may lag a moment behind. */
  read(whose: Whose): Promise<Tally>;
}

/**
 * Keeps the number of tasks in each queue and status, for each owner and for all. The cost of reading
 * does not depend on the number of tasks. Every adapter passes the suite in
 * test/contract/stats-store-contract.ts.
 *
 * @throws {LogUnavailableError} from every method when the store cannot be reached
 */
export interface StatsStore extends StatsReader {
  /**
   * Counts changes of one shard of the stream, in the order of the shard. Each change is counted
   * once, even if it is delivered again or in another batch.
   */
  apply(shardId: string, changes: readonly TaskChange[]): Promise<void>;
}

/** The counted part of a logged task. */
export type LoggedTask = {
  readonly id: string;
  readonly owner: string | undefined;
  readonly cell: Cell;
};

/** Counts with their checkpoints, read together. */
export type Snapshot = {
  readonly tally: Tally;
  readonly checkpoints: Checkpoints;
  /** The number of corrections so far. */
  readonly version: number;
};

/**
 * The part of the store that only a repair of the statistics uses.
 *
 * @throws {LogUnavailableError} from every method when the table cannot be reached
 */
export interface StatsRepairStore {
  checkpoints(): Promise<Checkpoints>;

  /**
   * Reads a few thousand tasks of a partition of the log after the given id, in the order of their
   * ids. `next` is the id of the last one if there are more.
   */
  tasks(partition: string, after?: string): Promise<{ tasks: LoggedTask[]; next?: string }>;

  /** Iterates over everyone who has counts. */
  holders(): AsyncIterable<Whose>;

  /** @param shardIds the shards whose checkpoints to read, at most 90 */
  snapshot(whose: Whose, shardIds: readonly string[]): Promise<Snapshot>;

  /** Adds to the counts. Resolves to false, without a change, if they were corrected since the snapshot. */
  correct(whose: Whose, delta: Tally, version: number): Promise<boolean>;
}
