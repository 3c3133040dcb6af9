import { StatsConflictError } from '../errors.ts';
import { isAfter } from '../table-stream/stream-record.ts';
import type { TableStream } from '../table-stream/table-stream.ts';
import { ChangeFollower } from './change-follower.ts';
import { recount } from './recount.ts';
import type { Snapshot, StatsRepairStore } from './stats-repair-store.ts';
import type { Whose } from './tallies.ts';
import { addTo, type Cell, cellOf, difference, type Tally } from './tally.ts';
import { movesOf } from './task-change.ts';

/** A number that is wrong. */
export type StatsDifference = Cell & {
  readonly whose: Whose;
  readonly counted: number;
  /** As the log has it. */
  readonly actual: number;
};

export type RepairResult = {
  readonly tasks: number;
  readonly differences: readonly StatsDifference[];
};

export type RepairOptions = {
  readonly store: StatsRepairStore;
  readonly stream: TableStream;
  /** True: nothing is corrected. */
  readonly isDryRun: boolean;
  /** @see recount */
  readonly settleMs?: number;
};

/** Owners looked at at once. */
const PAGE = 50;

/**
 * Recounts the log, compares it with the statistics, and corrects them. Tasks may be enqueued and
 * run meanwhile, and the consumer of the stream may go on counting, or not.
 *
 * Numbers and checkpoints change in one transaction, so numbers stand for exactly the changes up to
 * their checkpoints. The log is counted as it was at some checkpoints; then, for each owner, numbers
 * and checkpoints are read at one moment, and the changes in between are added. What still differs
 * is wrong, and stays wrong by the same amount whatever is counted later: that amount is added.
 *
 * @throws {StatsConflictError} when somebody else corrects the same numbers
 */
export async function repairStats(options: RepairOptions): Promise<RepairResult> {
  const { store, stream, isDryRun, settleMs } = options;
  const follower = new ChangeFollower(stream, await store.checkpoints());
  const { tallies, tasks } = await recount(store, follower, settleMs);
  const differences: StatsDifference[] = [];
  for await (const page of pagesOf(everybody(store, [...tallies.holders, ...follower.holders]))) {
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

/** Each once: who is in the log, in the stream, or has numbers. */
async function* everybody(store: StatsRepairStore, known: readonly Whose[]): AsyncGenerator<Whose> {
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

/** With checkpoints of all shards, and with the changes up to them read. */
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
    // A shard that is new may be counted in them already.
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
