import type { Whose } from './tallies.ts';
import type { Cell, Tally } from './tally.ts';

/** A task as the log has it, as far as it is counted. */
export type LoggedTask = {
  readonly id: string;
  readonly owner: string | undefined;
  readonly cell: Cell;
};

/** By shard, the sequence number of the last change that is counted. */
export type Checkpoints = ReadonlyMap<string, string>;

/** Numbers, and what is counted in them, at one moment. */
export type Snapshot = {
  readonly tally: Tally;
  readonly checkpoints: Checkpoints;
  /** How often they were corrected. */
  readonly version: number;
};

/**
 * What a repair of the statistics reads and writes, beside the stream.
 *
 * @throws {LogUnavailableError} from every method when the table cannot be reached
 */
export interface StatsRepairStore {
  checkpoints(): Promise<Checkpoints>;

  /**
   * The tasks of a partition of the log, in the order of their ids: a few thousand after the given
   * one. `next` is the last of them when there are more.
   */
  tasks(partition: string, after?: string): Promise<{ tasks: LoggedTask[]; next?: string }>;

  /** Everybody who has numbers. */
  holders(): AsyncIterable<Whose>;

  /** @param shardIds of which the checkpoints are wanted, at most 90 */
  snapshot(whose: Whose, shardIds: readonly string[]): Promise<Snapshot>;

  /** Adds to the numbers. False, and nothing is done: they were corrected since the snapshot. */
  correct(whose: Whose, delta: Tally, version: number): Promise<boolean>;
}
