import type { TaskStatus } from '../task-log/status.ts';

/** The place where a task is counted: its queue and its status. */
export type Cell = { readonly queue: string; readonly status: TaskStatus };

/** For example `priority/completed`. A queue name has no slash. */
export type CellKey = `${string}/${TaskStatus}`;

/** Counts by cell. An absent cell counts 0, and no cell holds 0. */
export type Tally = ReadonlyMap<CellKey, number>;

export const cellKey = ({ queue, status }: Cell): CellKey => `${queue}/${status}`;

/** Adds to a cell, and removes it when the sum is 0. */
export function addTo(tally: Map<CellKey, number>, key: CellKey, count: number): void {
  const sum = (tally.get(key) ?? 0) + count;
  if (sum === 0) tally.delete(key);
  else tally.set(key, sum);
}

/** Subtracts cell by cell. */
export function difference(minuend: Tally, subtrahend: Tally): Tally {
  const result = new Map(minuend);
  for (const [key, count] of subtrahend) addTo(result, key, -count);
  return result;
}

/**
 * Leaves out counts below 0. There are some for a moment, when a task has left a cell and the change that
 * put it there comes from another shard.
 */
export const withoutNegatives = (tally: Tally): Tally =>
  new Map([...tally].filter(([, count]) => count > 0));

/** Sums the counts by status, over all queues. */
export function byStatus(tally: Tally): Partial<Record<TaskStatus, number>> {
  const counts: Partial<Record<TaskStatus, number>> = {};
  for (const [key, count] of tally) {
    const { status } = cellOf(key);
    counts[status] = (counts[status] ?? 0) + count;
  }
  return counts;
}

/** Groups the counts by queue and status. */
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

/** The owner of the counts. Undefined: all owners together. */
export type Whose = string | undefined;

/** A partition key has at most 2,048 bytes. Owners with longer names have no counts of their own. */
const MAX_OWNER_BYTES = 2000;

/** The counts of each owner and of all. */
export class Tallies {
  readonly #byHolder = new Map<Whose, Map<CellKey, number>>();

  /** Adds to the counts of all and, if there is an owner, to theirs. */
  add(owner: string | undefined, cell: CellKey, count: number): void {
    for (const whose of holdersFor(owner)) {
      const tally = this.#byHolder.get(whose) ?? new Map<CellKey, number>();
      this.#byHolder.set(whose, tally);
      addTo(tally, cell, count);
    }
  }

  of(whose: Whose): Tally {
    return this.#byHolder.get(whose) ?? new Map();
  }

  /** Everyone with counts. */
  get holders(): Whose[] {
    return [...this.#byHolder.keys()];
  }
}

/** Returns whose counts include a task of this owner. */
export const holdersFor = (owner: string | undefined): Whose[] =>
  owner !== undefined && Buffer.byteLength(owner) <= MAX_OWNER_BYTES
    ? [undefined, owner]
    : [undefined];
