import { type StreamImage, type StreamRecord, taskIdIn } from '../table-stream/stream-record.ts';
import type { TaskStatus } from '../task-log/status.ts';
import { Tallies } from './tallies.ts';
import { type Cell, type CellKey, cellKey } from './tally.ts';

/** A task came, went, or moved to another queue or status. */
export type TaskChange = {
  readonly taskId: string;
  readonly owner: string | undefined;
  /** Of its shard. */
  readonly sequenceNumber: string;
  readonly from: Cell | undefined;
  readonly to: Cell | undefined;
};

/** The change in a stream record, if it is one that counts: heartbeats, for one, change nothing. */
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

/** Where the change takes a task away, and where it adds one. */
export const movesOf = ({ from, to }: TaskChange): [CellKey, number][] =>
  [
    { cell: from, count: -1 },
    { cell: to, count: 1 },
  ].flatMap(({ cell, count }) => (cell ? [[cellKey(cell), count]] : []));

/** How the changes move the numbers. */
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
