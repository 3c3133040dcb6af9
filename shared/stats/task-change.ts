import { PARTITIONS } from '../ids.ts';
import type { TaskStatus } from '../task-log/status.ts';
import { type StreamImage, type StreamRecord, sortable } from './stream-record.ts';
import { addTo, type Cell, type CellKey, cellKey, type Tally } from './tally.ts';

/** A task came, went, or moved to another queue or status. */
export type TaskChange = {
  readonly taskId: string;
  readonly owner: string | undefined;
  /** Sortable; within the shard. */
  readonly position: string;
  readonly from: Cell | undefined;
  readonly to: Cell | undefined;
};

/** Whose tasks: an owner's, or with `undefined` everybody's. */
export type Whose = string | undefined;

/** Items of tasks are those in these partitions; all others are somebody else's business. */
export const TASK_PARTITIONS = Array.from({ length: PARTITIONS }, (_, index) => `T#${index}`);

/** The change in a stream record, if it is one that counts: heartbeats, for one, change nothing. */
export function changeIn({ dynamodb = {} }: StreamRecord): TaskChange | undefined {
  const { Keys, OldImage, NewImage, SequenceNumber } = dynamodb;
  const taskId = Keys?.['sk']?.S;
  if (taskId === undefined || SequenceNumber === undefined) return undefined;
  if (!TASK_PARTITIONS.includes(Keys?.['pk']?.S ?? '')) return undefined;
  const from = cellIn(OldImage);
  const to = cellIn(NewImage);
  if (from?.status === to?.status && from?.queue === to?.queue) return undefined;
  const owner = (NewImage ?? OldImage)?.['owner']?.S;
  return { taskId, owner, position: sortable(SequenceNumber), from, to };
}

/** Where the change takes a task away, and where it adds one. */
export const movesOf = ({ from, to }: TaskChange): [CellKey, number][] =>
  [
    { cell: from, count: -1 },
    { cell: to, count: 1 },
  ].flatMap(({ cell, count }) => (cell ? [[cellKey(cell), count]] : []));

/** How the changes move the numbers of everybody and of each owner among them. */
export function deltasOf(changes: readonly TaskChange[]): Map<Whose, Tally> {
  const deltas = new Map<Whose, Map<CellKey, number>>();
  for (const change of changes) {
    for (const whose of new Set([undefined, change.owner])) {
      const delta = deltas.get(whose) ?? new Map<CellKey, number>();
      deltas.set(whose, delta);
      for (const [cell, count] of movesOf(change)) addTo(delta, cell, count);
    }
  }
  return deltas;
}

function cellIn(image: StreamImage | undefined): Cell | undefined {
  const queue = image?.['queue']?.S;
  const status = image?.['status']?.S;
  return queue && status ? { queue, status: status as TaskStatus } : undefined;
}
