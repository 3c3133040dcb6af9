import type { Whose } from './tallies.ts';
import type { Tally } from './tally.ts';
import type { TaskChange } from './task-change.ts';

/**
 * Keeps how many tasks there are of each queue and status, for each owner and for everybody. Every
 * adapter passes the suite in test/contract/stats-store-contract.ts.
 *
 * @throws {LogUnavailableError} from every method when the store cannot be reached
 */
export interface StatsStore {
  /**
   * Counts the changes of one shard of the stream. They come in the shard's order; each is counted
   * once, however often it comes again and whatever it then comes together with.
   */
  apply(shardId: string, changes: readonly TaskChange[]): Promise<void>;

  /** Costs the same however many tasks there are. May lag a moment behind. */
  read(whose: Whose): Promise<Tally>;
}
