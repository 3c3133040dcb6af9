import { partitionOf } from '../../shared/ids.ts';
import type { LoggedTask, Snapshot, StatsRepairStore } from '../../shared/stats/stats-store.ts';
import { addTo, type CellKey, Tallies, type Tally, type Whose } from '../../shared/stats/tally.ts';
import { type Checkpoints, changeIn, movesOf } from '../../shared/stats/task-change.ts';
import type { SimulatedTable } from './simulated-table.ts';

/** Tasks per chunk, so that a partition has several. */
const CHUNK = 5;

/**
 * The statistics of a simulated table. Whenever a repair looks, the table has been written to and
 * the consumer has come a bit further.
 */
export class SimulatedStats implements StatsRepairStore {
  readonly #table: SimulatedTable;
  readonly #random: () => number;
  readonly #errors = new Map<Whose, Map<CellKey, number>>();
  readonly #tallies = new Tallies();
  /** By shard, how many of its records the consumer has counted. */
  readonly #consumed = new Map<string, number>();
  #version = 0;

  constructor(table: SimulatedTable, random: () => number) {
    this.#table = table;
    this.#random = random;
  }

  /** Makes a number wrong. */
  corrupt(whose: Whose, cell: CellKey, error: number): void {
    const errors = this.#errors.get(whose) ?? new Map<CellKey, number>();
    this.#errors.set(whose, errors);
    addTo(errors, cell, error);
  }

  /** The records so far were never counted, and never will be. */
  forget(): void {
    for (const [id, records] of this.#table.records) this.#consumed.set(id, records.length);
  }

  consumeAll(): void {
    for (let round = 0; round < this.#table.shards.length; round++) {
      for (const { id } of this.#table.shards) this.#consume(id, Number.POSITIVE_INFINITY);
    }
  }

  tallyOf(whose: Whose): Tally {
    const tally = new Map(this.#tallies.of(whose));
    for (const [cell, error] of this.#errors.get(whose) ?? []) addTo(tally, cell, error);
    return tally;
  }

  async checkpoints(): Promise<Checkpoints> {
    this.#liveOn();
    return this.#checkpointsOf(this.#table.shards.map(({ id }) => id));
  }

  async tasks(partition: string, after = ''): Promise<{ tasks: LoggedTask[]; next?: string }> {
    this.#liveOn();
    const tasks = [...this.#table.tasks.values()]
      .filter(({ id }) => `T#${partitionOf(id)}` === partition && id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, CHUNK)
      .map(({ id, owner, ...cell }) => ({ id, owner, cell }));
    const next = tasks.length === CHUNK ? tasks.at(-1)?.id : undefined;
    return { tasks, ...(next !== undefined && { next }) };
  }

  async *holders(): AsyncGenerator<Whose> {
    this.#liveOn();
    yield* this.#tallies.holders;
    yield* this.#errors.keys();
  }

  async snapshot(whose: Whose, shardIds: readonly string[]): Promise<Snapshot> {
    this.#liveOn();
    return {
      tally: this.tallyOf(whose),
      checkpoints: this.#checkpointsOf(shardIds),
      version: this.#version,
    };
  }

  async correct(whose: Whose, delta: Tally): Promise<boolean> {
    this.#liveOn();
    for (const [cell, count] of delta) this.corrupt(whose, cell, count);
    return true;
  }

  /** Some writes, some records counted, now and then a new shard. */
  #liveOn(): void {
    for (let write = this.#random() * 8; write > 1; write--) this.#table.write();
    if (this.#random() < 0.1) this.#table.split();
    for (const { id } of this.#table.shards) {
      if (this.#random() < 0.4) this.#consume(id, Math.floor(this.#random() * 30));
    }
  }

  #consume(shardId: string, max: number): void {
    const parent = this.#table.shards.find(({ id }) => id === shardId)?.parentId;
    if (parent !== undefined && this.#left(parent) > 0) return;
    const consumed = this.#consumed.get(shardId) ?? 0;
    const records = (this.#table.records.get(shardId) ?? []).slice(consumed, consumed + max);
    for (const change of records.flatMap((record) => changeIn(record) ?? [])) {
      for (const [cell, count] of movesOf(change)) this.#tallies.add(change.owner, cell, count);
    }
    this.#consumed.set(shardId, consumed + records.length);
  }

  #left(shardId: string): number {
    const records = this.#table.records.get(shardId) ?? [];
    return records.length - (this.#consumed.get(shardId) ?? 0);
  }

  /** As the store writes them: of the last change that counts. */
  #checkpointsOf(shardIds: readonly string[]): Checkpoints {
    return new Map(
      shardIds.flatMap((id) => {
        const consumed = (this.#table.records.get(id) ?? []).slice(0, this.#consumed.get(id) ?? 0);
        const last = consumed.flatMap((record) => changeIn(record) ?? []).at(-1);
        return last ? [[id, last.sequenceNumber] as const] : [];
      }),
    );
  }
}
