import type { StatsStore } from '../stats/stats-store.ts';
import { Tallies, type Tally, type Whose } from '../stats/tally.ts';
import { movesOf, type TaskChange } from '../stats/task-change.ts';
import { isAfter } from '../table-stream/table-stream.ts';

/** Numbers of this process, for tests. */
export class MemoryStatsStore implements StatsStore {
  readonly #tallies = new Tallies();
  /** By shard, the sequence number of the last change that was counted. */
  readonly #checkpoints = new Map<string, string>();

  async apply(shardId: string, changes: readonly TaskChange[]): Promise<void> {
    for (const change of changes) {
      if (!isAfter(change.sequenceNumber, this.#checkpoints.get(shardId) ?? '')) continue;
      for (const [cell, count] of movesOf(change)) this.#tallies.add(change.owner, cell, count);
      this.#checkpoints.set(shardId, change.sequenceNumber);
    }
  }

  async read(whose: Whose): Promise<Tally> {
    return new Map(this.#tallies.of(whose));
  }
}
