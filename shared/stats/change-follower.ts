import { pause } from '../clock.ts';
import {
  isAfter,
  readableShards,
  type ShardReader,
  type TableStream,
} from '../table-stream/table-stream.ts';
import type { Checkpoints } from './stats-store.ts';
import { holdersFor, type Whose } from './tally.ts';
import { changeIn, type TaskChange } from './task-change.ts';

export type FollowedChange = { readonly shardId: string; readonly change: TaskChange };

/** A stream may return no records once although it has some. */
const QUIET_ROUNDS = 2;
const ROUND_PAUSE_MS = 100;
const MAX_RECORDS = 1000;

/** Reads and keeps all changes since the checkpoints: as many as happen during a repair. */
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

  /** The first change of each changed task. */
  get firstByTask(): ReadonlyMap<string, TaskChange> {
    return this.#firstByTask;
  }

  get holders(): Whose[] {
    return [...this.#byHolder.keys()];
  }

  /** Returns the changes to the counts of an owner, or of all. */
  changesOf(whose: Whose): readonly FollowedChange[] {
    return this.#byHolder.get(whose) ?? [];
  }

  /** The shards that have changes since the checkpoints, or may get some. */
  get shardIds(): string[] {
    return [...this.#readers.keys()].filter(
      (id) => !this.#ended.has(id) || this.#withChanges.has(id),
    );
  }

  /** Resolves when all changes are read that the stream had `settleMs` after the call. */
  async catchUp(settleMs = 0): Promise<void> {
    const settledAt = performance.now() + settleMs;
    for (let quietRounds = 0; quietRounds < QUIET_ROUNDS; ) {
      const isSettled = performance.now() >= settledAt;
      const isQuiet = !(await this.#readRound());
      quietRounds = isSettled && isQuiet ? quietRounds + 1 : 0;
      if (isQuiet && settleMs > 0) await pause(ROUND_PAUSE_MS);
    }
  }

  /** Resolves to true when it found records, or when a shard ended and others may follow. */
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
