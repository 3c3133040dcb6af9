import type { StatsStore } from './stats-store.ts';
import { addTo, type CellKey, type Tally } from './tally.ts';
import { deltasOf, type TaskChange, type Whose } from './task-change.ts';

/** Numbers of this process, for tests. */
export class MemoryStatsStore implements StatsStore {
  readonly #tallies = new Map<Whose, Map<CellKey, number>>();
  /** By shard, the last change that was counted. */
  readonly #positions = new Map<string, string>();

  async apply(shardId: string, changes: readonly TaskChange[]): Promise<void> {
    const counted = this.#positions.get(shardId) ?? '';
    const fresh = changes.filter(({ position }) => position > counted);
    for (const [whose, delta] of deltasOf(fresh)) {
      const tally = this.#tallies.get(whose) ?? new Map<CellKey, number>();
      this.#tallies.set(whose, tally);
      for (const [cell, count] of delta) addTo(tally, cell, count);
    }
    this.#positions.set(shardId, fresh.at(-1)?.position ?? counted);
  }

  async read(whose: Whose): Promise<Tally> {
    return new Map(this.#tallies.get(whose));
  }
}
