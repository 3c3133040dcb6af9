import { pause } from '../clock.ts';
import { readableShards } from '../table-stream/readable-shards.ts';
import { isAfter } from '../table-stream/stream-record.ts';
import type { ShardReader, TableStream } from '../table-stream/table-stream.ts';
import type { Checkpoints } from './stats-repair-store.ts';
import { holdersFor, type Whose } from './tallies.ts';
import { changeIn, type TaskChange } from './task-change.ts';

export type FollowedChange = { readonly shardId: string; readonly change: TaskChange };

/** A stream may say once that it has nothing while it has. */
const QUIET_ROUNDS = 2;
const ROUND_PAUSE_MS = 100;
const MAX_RECORDS = 1000;

/** Reads what has changed since the checkpoints, and keeps it: as much as happens during a repair. */
export class ChangeFollower {
  readonly #stream: TableStream;
  readonly #since: Checkpoints;
  readonly #readers = new Map<string, ShardReader>();
  readonly #ended = new Set<string>();
  readonly #withChanges = new Set<string>();
  readonly #firstByTask = new Map<string, TaskChange>();
  readonly #byHolder = new Map<Whose, FollowedChange[]>();

  constructor(stream: TableStream, since: Checkpoints) {
    this.#stream = stream;
    this.#since = since;
  }

  /** The first change of each task that has changed. */
  get firstByTask(): ReadonlyMap<string, TaskChange> {
    return this.#firstByTask;
  }

  get holders(): Whose[] {
    return [...this.#byHolder.keys()];
  }

  /** All changes to the numbers of an owner, or of everybody. */
  changesOf(whose: Whose): readonly FollowedChange[] {
    return this.#byHolder.get(whose) ?? [];
  }

  /** The shards that have, or may yet have, changes since the checkpoints. */
  get shardIds(): string[] {
    return [...this.#readers.keys()].filter(
      (id) => !this.#ended.has(id) || this.#withChanges.has(id),
    );
  }

  /** Resolves when everything is read that was in the stream `settleMs` after the call. */
  async catchUp(settleMs = 0): Promise<void> {
    const settledAt = performance.now() + settleMs;
    for (let quietRounds = 0; quietRounds < QUIET_ROUNDS; ) {
      const isSettled = performance.now() >= settledAt;
      const isQuiet = !(await this.#readRound());
      quietRounds = isSettled && isQuiet ? quietRounds + 1 : 0;
      if (isQuiet && settleMs > 0) await pause(ROUND_PAUSE_MS);
    }
  }

  /** True when something was found, or a shard ended, after which others may follow. */
  async #readRound(): Promise<boolean> {
    let hasFound = false;
    for (const { id } of readableShards(await this.#stream.shards(), this.#ended)) {
      const reader = this.#readers.get(id) ?? this.#stream.read(id, this.#since.get(id));
      this.#readers.set(id, reader);
      const records = await reader.next(MAX_RECORDS);
      if (records === undefined) this.#ended.add(id);
      for (const record of records ?? []) this.#keep(id, changeIn(record));
      hasFound ||= records === undefined || records.length > 0;
    }
    return hasFound;
  }

  #keep(shardId: string, change: TaskChange | undefined): void {
    if (!change || !isAfter(change.sequenceNumber, this.#since.get(shardId) ?? '')) return;
    this.#withChanges.add(shardId);
    if (!this.#firstByTask.has(change.taskId)) this.#firstByTask.set(change.taskId, change);
    for (const whose of holdersFor(change.owner)) {
      const known = this.#byHolder.get(whose);
      if (known) known.push({ shardId, change });
      else this.#byHolder.set(whose, [{ shardId, change }]);
    }
  }
}
