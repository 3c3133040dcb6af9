import { partitionOf } from '../ids.ts';
import { TASK_PARTITIONS } from '../table-stream/stream-record.ts';
import type { ChangeFollower } from './change-follower.ts';
import type { LoggedTask, StatsRepairStore } from './stats-repair-store.ts';
import { Tallies } from './tallies.ts';
import { cellKey } from './tally.ts';

/** A stream shows a write well within a second; this is some more, in milliseconds. */
const SETTLE_MS = 3000;

export type Recount = {
  readonly tallies: Tallies;
  readonly tasks: number;
};

/** The tasks of a partition from `after`, exclusively, to `next`, inclusively, or to its end. */
type Chunk = Unread & { readonly tasks: readonly LoggedTask[]; readonly next?: string };
type Unread = { readonly partition: string; readonly after?: string };

/**
 * How many tasks there were when the stream stood at the checkpoints that `follower` began with,
 * while they go on changing. A task of which the stream has a change since then counts as it was
 * before that change, whatever the log says by now; every other one as the log has it.
 */
export async function recount(
  store: StatsRepairStore,
  follower: ChangeFollower,
  settleMs = SETTLE_MS,
): Promise<Recount> {
  const tallies = new Tallies();
  let tasks = 0;
  let unread: readonly Unread[] = TASK_PARTITIONS.map((partition) => ({ partition }));
  while (unread.length > 0) {
    const chunks = await Promise.all(unread.map((from) => readChunk(store, from)));
    // Now the stream must have all that the chunks may show.
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

/** Tasks of these chunks that have changed; those that are new were not there. */
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
