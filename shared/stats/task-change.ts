import { type StreamImage, type StreamRecord, taskIdIn } from '../table-stream/table-stream.ts';
import type { TaskStatus } from '../task-log/status.ts';
import { type Cell, type CellKey, cellKey, Tallies } from './tally.ts';

/** A task was added, removed, or moved to another queue or status. */
export type TaskChange = {
  readonly taskId: string;
  readonly owner: string | undefined;
  /** The position in its shard. */
  readonly sequenceNumber: string;
  readonly from: Cell | undefined;
  readonly to: Cell | undefined;
};

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
