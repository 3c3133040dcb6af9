import type {
  EndedTask,
  SelectableQueue,
  Selection,
  SelectorStrategy,
} from './selector-strategy.ts';

type StrideState = {
  /** The pass of the latest selection: the present of this virtual time. */
  readonly served: number;
  /** By queue: how far it has been served, in units of cost / weight. */
  readonly passes: ReadonlyMap<string, number>;
  /** By queue: what a task of it is expected to cost. */
  readonly costs: ReadonlyMap<string, number>;
};

type TimeState = StrideState & {
  /** By queue: its running tasks, and what they were expected to cost in all. */
  readonly charged: ReadonlyMap<string, { weight: number; tasks: number; cost: number }>;
};

const START: StrideState = { served: 0, passes: new Map(), costs: new Map() };

/**
 * A queue that could not be served catches up on what the lightest queue takes for so many tasks, and
 * one that was served too much, before its costs were known, waits for no more than that.
 */
const MAX_CREDIT_TASKS = 20;

/** A task that took far longer than expected counts as so many: its queue must not stand back for hours. */
const MAX_OUTLIER = 20;

/** The resolution of the clock: a task that seems to take no time would be free. */
const MIN_COST_SECONDS = 0.001;

/** How much the latest task counts in the mean run time of its queue. */
const LATEST_WEIGHT = 0.1;

/**
 * Exact weights by stride scheduling (Waldspurger and Weihl, 1995): the ready queue that is
 * furthest behind goes next, and being served moves it on by 1/weight. Over any run of selections
 * in which all queues have tasks, each gets its share to within one task.
 *
 * A queue whose buffer only ran dry keeps its place and catches up; an idle queue moves with the
 * present, so it cannot save up turns and then shut the others out.
 */
export const weighted: SelectorStrategy<StrideState> = { start: START, select };

/**
 * Like `weighted`, but a task counts with its run time: not the tasks but the slots' time is shared
 * by weight. While it runs it counts with the mean of its queue, which is set right when it ends.
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

/** A queue of which nothing is known yet costs as much as the others; 1 when there are none. */
function costOf(name: string, { costs }: StrideState): number {
  const known = [...costs.values()];
  const mean = known.reduce((sum, cost) => sum + cost, 0) / known.length;
  return costs.get(name) ?? (known.length === 0 ? 1 : mean);
}

/** On a tie the heavier queue goes first, so that important work never waits for chance. */
function furthestBehind(best: Placed | undefined, queue: Placed): Placed {
  if (best === undefined || queue.pass < best.pass) return queue;
  return queue.pass === best.pass && queue.weight > best.weight ? queue : best;
}
