import type { FieldProblem } from '../errors.ts';

/** The slots of a worker that one queue may use at most, and those that are reserved for it. */
export type Lane = { readonly minSlots: number; readonly maxSlots: number };

type LaneQueue = {
  readonly name: string;
  readonly weight: number;
  readonly minSlots?: number | undefined;
  readonly maxSlots?: number | undefined;
};

/**
 * Returns the lane of every queue, with its defaults. By default no slot is reserved, and every
 * queue but the heaviest leaves one slot free. So long tasks of low weight never occupy every slot
 * when important work arrives. With a single slot or a single queue there is none to leave free.
 */
export function lanesOf(
  queues: readonly LaneQueue[],
  concurrency: number,
  enabled: boolean,
): ReadonlyMap<string, Lane> {
  const heaviest = Math.max(...queues.map(({ weight }) => weight));
  const defaultMax = (weight: number): number =>
    weight === heaviest ? concurrency : Math.max(concurrency - 1, 1);
  return new Map(
    queues.map(({ name, weight, minSlots = 0, maxSlots = defaultMax(weight) }) => [
      name,
      enabled ? { minSlots, maxSlots } : { minSlots: 0, maxSlots: concurrency },
    ]),
  );
}

/** Tells whether one more task of a queue may start, given how many of each queue are running. */
export function mayStart(
  name: string,
  lanes: ReadonlyMap<string, Lane>,
  running: ReadonlyMap<string, number>,
  concurrency: number,
): boolean {
  const runs = (queue: string): number => running.get(queue) ?? 0;
  const lane = lanes.get(name);
  if (!lane || runs(name) >= lane.maxSlots) return false;
  let used = 0;
  for (const count of running.values()) used += count;
  for (const [other, { minSlots }] of lanes) {
    if (other !== name) used += Math.max(minSlots - runs(other), 0);
  }
  return used < concurrency;
}

/** Finds lanes that contradict each other or leave a queue without any slot. */
export function laneProblems(queues: readonly LaneQueue[], concurrency: number): FieldProblem[] {
  const reserved = queues.reduce((sum, { minSlots = 0 }) => sum + minSlots, 0);
  return queues.flatMap(({ name, minSlots = 0, maxSlots = concurrency }, index) => {
    const problems: FieldProblem[] = [];
    if (maxSlots < minSlots) {
      const message = `${maxSlots} is less than the ${minSlots} slots reserved by minSlots`;
      problems.push({ path: `queues[${index}].maxSlots`, message });
    }
    if (minSlots === 0 && reserved >= concurrency) {
      const message = `"${name}" would starve: the other queues reserve ${reserved} of ${concurrency} slots; reserve at most ${concurrency - 1} in all`;
      problems.push({ path: `queues[${index}].minSlots`, message });
    }
    if (minSlots > 0 && reserved > concurrency) {
      const message = `the queues reserve ${reserved} slots, and a worker has ${concurrency}`;
      problems.push({ path: `queues[${index}].minSlots`, message });
    }
    return problems;
  });
}

/** Finds settings of lanes while lanes are off: they would have no effect. */
export const uselessLaneProblems = (queues: readonly LaneQueue[]): FieldProblem[] =>
  queues.flatMap(({ minSlots, maxSlots }, index) =>
    minSlots === undefined && maxSlots === undefined
      ? []
      : [{ path: `queues[${index}]`, message: 'minSlots and maxSlots need worker.lanes: true' }],
  );
