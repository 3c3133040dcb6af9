import { StatsConflictError } from '../errors.ts';
import { partitionOf } from '../ids.ts';
import { isAfter, TASK_PARTITIONS, type TableStream } from '../table-stream/table-stream.ts';
import type { LoggedTask, Snapshot, StatsRepairStore } from './stats-store.ts';
import {
  addTo,
  type Cell,
  cellKey,
  cellOf,
  difference,
  Tallies,
  type Tally,
  type Whose,
} from './tally.ts';
import { ChangeFollower, movesOf } from './task-change.ts';

/** A wrong count. */
export type StatsDifference = Cell & {
  readonly whose: Whose;
  readonly counted: number;
  /** The count in the log. */
  readonly actual: number;
};

export type RepairResult = {
  readonly tasks: number;
  readonly differences: readonly StatsDifference[];
};

export type RepairOptions = {
  readonly store: StatsRepairStore;
  readonly stream: TableStream;
  /** True: corrects nothing. */
  readonly isDryRun: boolean;
  /** @see recount */
  readonly settleMs?: number;
};

/** Owners compared at once. */
const PAGE = 50;

/**
 * Recounts the log, compares the result with the statistics, and corrects them. Tasks may be enqueued
 * and run meanwhile. The consumer of the stream may keep counting, or be stopped.
 *
 * Counts and checkpoints change in one transaction, so counts include exactly the changes up to their
 * checkpoints. The repair counts the log as of some checkpoints. For each owner it then reads counts
 * and checkpoints together, and adds the changes in between. A remaining difference is an error, and
 * later changes do not affect its amount. The repair adds that amount.
 *
 * @throws {StatsConflictError} when another repair corrects the same counts
 */
export async function repairStats(options: RepairOptions): Promise<RepairResult> {
  const { store, stream, isDryRun, settleMs } = options;
  const follower = new ChangeFollower(stream, await store.checkpoints());
  const { tallies, tasks } = await recount(store, follower, settleMs);
  const differences: StatsDifference[] = [];
  for await (const page of pagesOf(allHolders(store, [...tallies.holders, ...follower.holders]))) {
    for (const { whose, snapshot } of await snapshotsOf(page, store, follower)) {
      const actual = tallyAt(snapshot, tallies.of(whose), whose, follower);
      const missing = difference(actual, snapshot.tally);
      differences.push(...differencesIn(whose, snapshot.tally, actual, missing));
      if (isDryRun || missing.size === 0) continue;
      const isCorrected = await store.correct(whose, missing, snapshot.version);
      if (!isCorrected) throw new StatsConflictError();
    }
  }
  return { tasks, differences };
}

/** Yields every owner in the log, in the stream or in the statistics once. */
async function* allHolders(
  store: StatsRepairStore,
  known: readonly Whose[],
): AsyncGenerator<Whose> {
  const seen = new Set(known);
  yield* seen;
  for await (const whose of store.holders()) {
    if (!seen.has(whose)) yield whose;
    seen.add(whose);
  }
}

async function* pagesOf(all: AsyncIterable<Whose>): AsyncGenerator<Whose[]> {
  let page: Whose[] = [];
  for await (const whose of all) {
    page.push(whose);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Reads counts with the checkpoints of all shards, once the changes up to them are read. */
async function snapshotsOf(
  page: readonly Whose[],
  store: StatsRepairStore,
  follower: ChangeFollower,
): Promise<{ whose: Whose; snapshot: Snapshot }[]> {
  for (;;) {
    const shardIds = follower.shardIds;
    const snapshots = await Promise.all(
      page.map(async (whose) => ({ whose, snapshot: await store.snapshot(whose, shardIds) })),
    );
    await follower.catchUp();
    // The counts may already include a new shard.
    if (follower.shardIds.every((id) => shardIds.includes(id))) return snapshots;
  }
}

function tallyAt(
  { checkpoints }: Snapshot,
  before: Tally,
  whose: Whose,
  follower: ChangeFollower,
): Tally {
  const tally = new Map(before);
  for (const { shardId, change } of follower.changesOf(whose)) {
    if (isAfter(change.sequenceNumber, checkpoints.get(shardId) ?? '')) continue;
    for (const [cell, count] of movesOf(change)) addTo(tally, cell, count);
  }
  return tally;
}

const differencesIn = (
  whose: Whose,
  counted: Tally,
  actual: Tally,
  missing: Tally,
): StatsDifference[] =>
  [...missing.keys()].map((key) => ({
    whose,
    ...cellOf(key),
    counted: counted.get(key) ?? 0,
    actual: actual.get(key) ?? 0,
  }));

/** A stream shows a write well within a second. This leaves a margin, in milliseconds. */
const SETTLE_MS = 3000;

type Recount = {
  readonly tallies: Tallies;
  readonly tasks: number;
};

/** The tasks of a partition after `after`, up to and including `next`, or to the end. */
type Chunk = Unread & { readonly tasks: readonly LoggedTask[]; readonly next?: string };
type Unread = { readonly partition: string; readonly after?: string };

/**
 * Counts the tasks as of the checkpoints that `follower` started with, while tasks keep changing. A
 * task with a change in the stream since then counts as it was before that change. Every other task
 * counts as it is in the log.
 */
async function recount(
  store: StatsRepairStore,
  follower: ChangeFollower,
  settleMs = SETTLE_MS,
): Promise<Recount> {
  const tallies = new Tallies();
  let tasks = 0;
  let unread: readonly Unread[] = TASK_PARTITIONS.map((partition) => ({ partition }));
  while (unread.length > 0) {
    const chunks = await Promise.all(unread.map((from) => readChunk(store, from)));
    // The stream must now have every change that the chunks may show.
    await follower.catchUp(settleMs);
    const asTheyWere = [...unchangedIn(chunks, follower), ...beforeTheirChange(chunks, follower)];
    for (const { owner, cell } of asTheyWere) tallies.add(owner, cellKey(cell), 1);
    tasks += asTheyWere.length;
    unread = chunks.flatMap(({ partition, next }) =>
      next === undefined ? [] : [{ partition, after: next }],
    );
  }
  return { tallies, tasks };
}

const readChunk = async (store: StatsRepairStore, from: Unread): Promise<Chunk> => ({
  ...from,
  ...(await store.tasks(from.partition, from.after)),
});

const unchangedIn = (chunks: readonly Chunk[], { firstByTask }: ChangeFollower): LoggedTask[] =>
  chunks.flatMap(({ tasks }) => tasks.filter(({ id }) => !firstByTask.has(id)));

/** Tasks of these chunks that have changed. New tasks did not exist at the checkpoints. */
const beforeTheirChange = (
  chunks: readonly Chunk[],
  { firstByTask }: ChangeFollower,
): LoggedTask[] =>
  [...firstByTask].flatMap(([id, { owner, from }]) =>
    from && chunks.some((chunk) => covers(chunk, id)) ? [{ id, owner, cell: from }] : [],
  );

const covers = ({ partition, after = '', next }: Chunk, taskId: string): boolean =>
  partition === `T#${partitionOf(taskId)}` &&
  taskId > after &&
  (next === undefined || taskId <= next);
