import type {
  EndedTask,
  SelectableQueue,
  Selection,
  SelectorStrategy,
} from './selector-strategy.ts';

type StrideState = {
  /** The pass of the latest selection: the current virtual time. */
  readonly served: number;
  /** By queue: how much service it got, in units of cost / weight. */
  readonly passes: ReadonlyMap<string, number>;
  /** By queue: the expected cost of one of its tasks. */
  readonly costs: ReadonlyMap<string, number>;
};

type TimeState = StrideState & {
  /** By queue: its running tasks, and their expected cost in all. */
  readonly charged: ReadonlyMap<string, { weight: number; tasks: number; cost: number }>;
};

const START: StrideState = { served: 0, passes: new Map(), costs: new Map() };

/**
 * Limits how far a queue can be behind or ahead of the others: as much as this many tasks of the lightest
 * queue. A queue is behind if it could not be served, and ahead if its costs were underestimated.
 */
const MAX_CREDIT_TASKS = 20;

/** A task counts at most this many times its expected cost, so that its queue does not wait for hours. */
const MAX_OUTLIER = 20;

/** The resolution of the clock. Without this limit a very short task would cost nothing. */
const MIN_COST_SECONDS = 0.001;

/** The weight of the latest task in the mean run time of its queue. */
const LATEST_WEIGHT = 0.1;

/**
 * Exact weights by stride scheduling (Waldspurger and Weihl, 1995). The ready queue that is furthest behind
 * goes next, and each selection moves it ahead by 1/weight. While all queues have tasks, each gets its share
 * to within one task.
 *
 * A queue whose buffer is empty for a moment keeps its place and catches up. An idle queue moves with the
 * virtual time, so it cannot save turns and then block the others.
 */
export const weighted: SelectorStrategy<StrideState> = { start: START, select };

/**
 * Like `weighted`, but shares the time of the slots by weight, not the number of tasks. A running task counts
 * with the mean run time of its queue, which is corrected when the task ends.
 */
export const weightedTime: SelectorStrategy<TimeState> = {
  start: { ...START, charged: new Map() },

  select(state, queues) {
    const { queue, state: next } = select(state, queues);
    const { charged } = state;
    const weight = queues.find(({ name }) => name === queue)?.weight;
    if (queue === undefined || weight === undefined) return { queue, state: { ...next, charged } };
    const { tasks = 0, cost = 0 } = charged.get(queue) ?? {};
    const charge = { weight, tasks: tasks + 1, cost: cost + costOf(queue, state) };
    return { queue, state: { ...next, charged: new Map(charged).set(queue, charge) } };
  },

  ended(state, { queue, runSeconds }: EndedTask): TimeState {
    const charge = state.charged.get(queue);
    if (!charge || charge.tasks === 0) return state;
    const { weight, tasks, cost } = charge;
    const paid = cost / tasks;
    const spent = Math.min(Math.max(runSeconds, MIN_COST_SECONDS), paid * MAX_OUTLIER);
    const pass = state.passes.get(queue);
    const passes = new Map(state.passes);
    if (pass !== undefined) passes.set(queue, pass + (spent - paid) / weight);
    const mean = state.costs.get(queue) ?? spent;
    return {
      ...state,
      passes,
      costs: new Map(state.costs).set(queue, mean + (spent - mean) * LATEST_WEIGHT),
      charged: new Map(state.charged).set(queue, { weight, tasks: tasks - 1, cost: cost - paid }),
    };
  },
};

function select(state: StrideState, queues: readonly SelectableQueue[]): Selection<StrideState> {
  const strides = queues.map(({ name, weight }) => costOf(name, state) / weight);
  const credit = MAX_CREDIT_TASKS * Math.max(...strides);
  const placed = queues.map((queue, index) => place(queue, strides[index] ?? 0, credit, state));
  const passes = new Map(placed.map(({ name, pass }) => [name, pass]));
  const next = placed
    .filter(({ ready }) => ready)
    .reduce<Placed | undefined>(furthestBehind, undefined);
  if (next === undefined) return { queue: undefined, state: { ...state, passes } };

  passes.set(next.name, next.pass + next.stride);
  const served = Math.max(state.served, next.pass);
  return { queue: next.name, state: { ...state, served, passes } };
}

type Placed = SelectableQueue & { readonly pass: number; readonly stride: number };

function place(
  queue: SelectableQueue,
  stride: number,
  credit: number,
  { served, passes }: StrideState,
): Placed {
  const present = served + stride;
  const earliest = queue.idle ? present : present - credit;
  const pass = Math.max(passes.get(queue.name) ?? present, earliest);
  return { ...queue, stride, pass: Math.min(pass, present + credit) };
}

/** Without a known cost, a queue costs the mean of the others, or 1 if none is known. */
function costOf(name: string, { costs }: StrideState): number {
  const known = [...costs.values()];
  const mean = known.reduce((sum, cost) => sum + cost, 0) / known.length;
  return costs.get(name) ?? (known.length === 0 ? 1 : mean);
}

/** On a tie the heavier queue goes first, so that chance never delays important work. */
function furthestBehind(best: Placed | undefined, queue: Placed): Placed {
  if (best === undefined || queue.pass < best.pass) return queue;
  return queue.pass === best.pass && queue.weight > best.weight ? queue : best;
}
