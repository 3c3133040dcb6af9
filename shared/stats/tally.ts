import type { TaskStatus } from '../task-log/status.ts';

/** Where a task is counted: in its queue, under its status. */
export type Cell = { readonly queue: string; readonly status: TaskStatus };

/** `priority/completed`. A queue's name has no slash. */
export type CellKey = `${string}/${TaskStatus}`;

/** Numbers of tasks. A cell that is not there has none; no cell holds 0. */
export type Tally = ReadonlyMap<CellKey, number>;

export const cellKey = ({ queue, status }: Cell): CellKey => `${queue}/${status}`;

/** Adds to a cell, and drops it when that leaves nothing. */
export function addTo(tally: Map<CellKey, number>, key: CellKey, count: number): void {
  const sum = (tally.get(key) ?? 0) + count;
  if (sum === 0) tally.delete(key);
  else tally.set(key, sum);
}

/** `minuend - subtrahend`, cell by cell. */
export function difference(minuend: Tally, subtrahend: Tally): Tally {
  const result = new Map(minuend);
  for (const [key, count] of subtrahend) addTo(result, key, -count);
  return result;
}

/** The numbers by status, over all queues. */
export function byStatus(tally: Tally): Partial<Record<TaskStatus, number>> {
  const counts: Partial<Record<TaskStatus, number>> = {};
  for (const [key, count] of tally) {
    const { status } = cellOf(key);
    counts[status] = (counts[status] ?? 0) + count;
  }
  return counts;
}

/** The numbers by queue and status. */
export function byQueue(tally: Tally): Record<string, Partial<Record<TaskStatus, number>>> {
  const cells = [...tally].map(([key, count]) => ({ ...cellOf(key), count }));
  return Object.fromEntries(
    [...Map.groupBy(cells, ({ queue }) => queue)].map(([queue, ofQueue]) => [
      queue,
      Object.fromEntries(ofQueue.map(({ status, count }) => [status, count])),
    ]),
  );
}

export function cellOf(key: CellKey): Cell {
  const slash = key.indexOf('/');
  return { queue: key.slice(0, slash), status: key.slice(slash + 1) as TaskStatus };
}
