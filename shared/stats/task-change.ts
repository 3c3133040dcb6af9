import { pause } from '../clock.ts';
import {
  isAfter,
  readableShards,
  type ShardReader,
  type StreamImage,
  type StreamRecord,
  type TableStream,
  taskIdIn,
} from '../table-stream/table-stream.ts';
import type { TaskStatus } from '../task-log/status.ts';
import { type Cell, type CellKey, cellKey, holdersFor, Tallies, type Whose } from './tally.ts';

/** A task was added, removed, or moved to another queue or status. */
export type TaskChange = {
  readonly taskId: string;
  readonly owner: string | undefined;
  /** The position in its shard. */
  readonly sequenceNumber: string;
  readonly from: Cell | undefined;
  readonly to: Cell | undefined;
};

/** The sequence number of the last counted change, by shard. */
export type Checkpoints = ReadonlyMap<string, string>;

/** Returns the change of a stream record. Undefined if no count changes, as with a heartbeat. */
export function changeIn(record: StreamRecord): TaskChange | undefined {
  const taskId = taskIdIn(record);
  const { OldImage, NewImage, SequenceNumber: sequenceNumber } = record.dynamodb ?? {};
  if (taskId === undefined || sequenceNumber === undefined) return undefined;
  const from = cellIn(OldImage);
  const to = cellIn(NewImage);
  if (from?.status === to?.status && from?.queue === to?.queue) return undefined;
  const owner = (NewImage ?? OldImage)?.['owner']?.S;
  return { taskId, owner, sequenceNumber, from, to };
}

/** Returns the cell that loses the task and the cell that gains it. */
export const movesOf = ({ from, to }: TaskChange): [CellKey, number][] =>
  [
    { cell: from, count: -1 },
    { cell: to, count: 1 },
  ].flatMap(({ cell, count }) => (cell ? [[cellKey(cell), count]] : []));

/** Sums the effect of the changes on the counts. */
export function deltasOf(changes: readonly TaskChange[]): Tallies {
  const deltas = new Tallies();
  for (const change of changes) {
    for (const [cell, count] of movesOf(change)) deltas.add(change.owner, cell, count);
  }
  return deltas;
}

function cellIn(image: StreamImage | undefined): Cell | undefined {
  const queue = image?.['queue']?.S;
  const status = image?.['status']?.S;
  return queue && status ? { queue, status: status as TaskStatus } : undefined;
}

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
