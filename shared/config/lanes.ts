import type { FieldProblem } from '../errors.ts';

/** The slots of a worker that one queue may use at most, and those that are reserved for it. */
export type Lane = { readonly minSlots: number; readonly maxSlots: number };

type LaneQueue = {
  readonly name: string;
  readonly minSlots?: number | undefined;
  readonly maxSlots?: number | undefined;
};

type LiveLaneQueue = LaneQueue & {
  readonly weight: number;
  readonly tier: number;
  readonly paused: boolean;
};

/** The lanes of the queues that a worker serves now. */
export type Lanes = {
  /** By queue. A paused queue has none. */
  readonly byQueue: ReadonlyMap<string, Lane>;
  /** The heaviest queues of the highest tier. All others together leave one slot free for each. */
  readonly heaviest: ReadonlySet<string>;
};

export type LaneOptions = {
  /** Slots of the worker as configured, which `minSlots` and `maxSlots` count. */
  readonly concurrency: number;
  /** Slots that it may use now. */
  readonly slots: number;
  readonly enabled: boolean;
};

/**
 * Returns the lanes of the queues that are not paused. By default no slot is reserved, and the heaviest
 * queue of the highest tier always finds one slot that no other queue occupies. So long tasks of
 * low weight, of however many queues, never keep important work waiting. A worker with a single
 * slot has none to leave free. While fewer slots are in force, reservations shrink in proportion.
 */
export function lanesOf(
  queues: readonly LiveLaneQueue[],
  { concurrency, slots, enabled }: LaneOptions,
): Lanes {
  const active = queues.filter(({ paused }) => !paused);
  const whole = { minSlots: 0, maxSlots: slots };
  const laneOf = ({ minSlots = 0, maxSlots = concurrency }: LaneQueue): Lane => ({
    minSlots: Math.floor((minSlots * slots) / concurrency),
    maxSlots: Math.min(maxSlots, slots),
  });
  return {
    byQueue: new Map(active.map((queue) => [queue.name, enabled ? laneOf(queue) : whole])),
    heaviest: new Set(enabled && slots > 1 ? heaviestOf(active) : []),
  };
}

/** Returns the names of the heaviest queues of the highest tier. */
export function heaviestOf(
  queues: readonly Pick<LiveLaneQueue, 'name' | 'weight' | 'tier'>[],
): string[] {
  const tier = Math.max(...queues.map((queue) => queue.tier));
  const inTier = queues.filter((queue) => queue.tier === tier);
  const weight = Math.max(...inTier.map((queue) => queue.weight));
  return inTier.filter((queue) => queue.weight === weight).map(({ name }) => name);
}

/** How many of a worker's slots are taken, for one decision about all queues. */
export type SlotUse = {
  readonly running: ReadonlyMap<string, number>;
  /** Slots that run tasks, and those that are reserved and do not. */
  readonly taken: number;
  /** Slots that run tasks. */
  readonly busy: number;
  /** The two heaviest queues that run, or have reserved, the fewest slots: for them a slot stays free. */
  readonly fewest: readonly [first?: QueueUse, second?: QueueUse];
  /** Heaviest queues that run one task. It may be in the slot that was left free. */
  readonly singles: number;
};

/** Slots that run tasks of a queue, and those that are reserved for it. */
type QueueUse = { readonly queue: string; readonly slots: number };

/** Counts the slots that are taken. Takes time in proportion to the number of queues. */
export function slotUse(lanes: Lanes, running: ReadonlyMap<string, number>): SlotUse {
  let busy = 0;
  for (const count of running.values()) busy += count;
  let taken = busy;
  for (const name of lanes.byQueue.keys()) taken += reserveOf(name, lanes, { running });
  const singles = [...lanes.heaviest].filter((name) => running.get(name) === 1).length;
  return { running, taken, busy, fewest: fewestOf(lanes, running), singles };
}

function fewestOf(lanes: Lanes, running: ReadonlyMap<string, number>): SlotUse['fewest'] {
  let [first, second]: SlotUse['fewest'] = [];
  for (const queue of lanes.heaviest) {
    const slots = (running.get(queue) ?? 0) + reserveOf(queue, lanes, { running });
    const use = { queue, slots };
    if (!first || slots < first.slots) [first, second] = [use, first];
    else if (!second || slots < second.slots) second = use;
  }
  return [first, second];
}

/**
 * Returns how many more tasks of a queue may start now. Takes the same time for any number of queues.
 * @param slots slots that the worker may use now
 */
export function startable(name: string, lanes: Lanes, use: SlotUse, slots: number): number {
  const lane = lanes.byQueue.get(name);
  if (!lane) return 0;
  const runs = use.running.get(name) ?? 0;
  const ownReserve = reserveOf(name, lanes, use);
  const free = Math.min(lane.maxSlots - runs, slots - use.taken + ownReserve);
  const [first, second] = use.fewest;
  const other = first?.queue === name ? second : first;
  // The slot that is left free is for this one too.
  const isLeftToIt = runs === 0 && lanes.heaviest.has(name);
  if (!other || isLeftToIt) return Math.max(free, 0);
  // All queues but that one leave it a slot, also with what is reserved for them.
  const leftFor = slots - 1 - (use.taken - ownReserve - other.slots);
  // Its reserved slots are its own, also while several of the heaviest queues wait for the last one.
  const ownSingle = runs === 1 && lanes.heaviest.has(name) ? 1 : 0;
  const owed = use.singles > ownSingle ? ownReserve : 0;
  return Math.max(Math.min(free, Math.max(leftFor, owed)), 0);
}

/** Slots that are reserved for a queue, and run none of its tasks. */
function reserveOf(
  name: string,
  { byQueue }: Lanes,
  { running }: Pick<SlotUse, 'running'>,
): number {
  return Math.max((byQueue.get(name)?.minSlots ?? 0) - (running.get(name) ?? 0), 0);
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
