import type { SelectableQueue, Selection, SelectorStrategy } from './selector-strategy.ts';

/**
 * `pass` by queue: how far a queue has been served, in units of 1/weight. `served` is the pass of
 * the latest selection: the present of this virtual time.
 */
type StrideState = {
  readonly served: number;
  readonly passes: ReadonlyMap<string, number>;
};

/**
 * Exact weights by stride scheduling (Waldspurger and Weihl, 1995): the ready queue that is
 * furthest behind goes next, and being served moves it on by 1/weight. Over any run of selections
 * in which all queues have tasks, each gets its share to within one task.
 *
 * A queue whose buffer only ran dry keeps its place and catches up; an idle queue moves with the
 * present, so it cannot save up turns and then shut the others out.
 */
export const weighted: SelectorStrategy<StrideState> = {
  start: { served: 0, passes: new Map() },

  select({ served, passes }, queues): Selection<StrideState> {
    const passOf = ({ name, weight, idle }: SelectableQueue): number => {
      const pass = passes.get(name) ?? served + 1 / weight;
      return idle ? Math.max(pass, served + 1 / weight) : pass;
    };
    const current = new Map(queues.map((queue) => [queue.name, passOf(queue)]));
    const behind = queues
      .filter(({ ready }) => ready)
      .map((queue) => ({ ...queue, pass: current.get(queue.name) ?? served }))
      .reduce<(SelectableQueue & { pass: number }) | undefined>(furthestBehind, undefined);
    if (behind === undefined) return { queue: undefined, state: { served, passes: current } };

    current.set(behind.name, behind.pass + 1 / behind.weight);
    return {
      queue: behind.name,
      state: { served: Math.max(served, behind.pass), passes: current },
    };
  },
};

type Placed = SelectableQueue & { pass: number };

/** On a tie the heavier queue goes first, so that important work never waits for chance. */
function furthestBehind(best: Placed | undefined, queue: Placed): Placed {
  if (best === undefined || queue.pass < best.pass) return queue;
  return queue.pass === best.pass && queue.weight > best.weight ? queue : best;
}
