import type { Whose } from './tallies.ts';
import type { Tally } from './tally.ts';
import type { TaskChange } from './task-change.ts';

/** Knows how many tasks there are of each queue and status. @throws {LogUnavailableError} */
export interface StatsReader {
  /** Of one owner, or of everybody. May lag a moment behind. */
  read(whose: Whose): Promise<Tally>;
}

/**
 * Keeps how many tasks there are of each queue and status, for each owner and for everybody. To read
 * them costs the same however many tasks there are. Every adapter passes the suite in test/contract/stats-store-contract.ts.
 *
 * @throws {LogUnavailableError} from every method when the store cannot be reached
 */
export interface StatsStore extends StatsReader {
  /**
   * Counts the changes of one shard of the stream. They come in the shard's order; each is counted
   * once, however often it comes again and whatever it then comes together with.
   */
  apply(shardId: string, changes: readonly TaskChange[]): Promise<void>;
}
