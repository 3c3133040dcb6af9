/** One queue as a strategy sees it. */
export type SelectableQueue = {
  readonly name: string;
  /** Positive. */
  readonly weight: number;
  /** A task of it could start now. */
  readonly ready: boolean;
  /** It is known to be empty. A queue that is neither ready nor idle is waiting for its next poll. */
  readonly idle: boolean;
};

export type Selection<State> = { readonly queue: string | undefined; readonly state: State };

/**
 * Decides which queue the next free slot serves: a pure function from what is known to a choice,
 * so that its shares can be proven without a worker. `undefined` means no queue is ready.
 */
export interface SelectorStrategy<State = unknown> {
  readonly start: State;
  /** @param random a number from 0 up to but not including 1, new for each selection */
  select(state: State, queues: readonly SelectableQueue[], random: number): Selection<State>;
}

/** A strategy together with its state: what a worker holds. */
export type Selector = (queues: readonly SelectableQueue[]) => string | undefined;

export function selectorOf<State>(
  strategy: SelectorStrategy<State>,
  random: () => number,
): Selector {
  let state = strategy.start;
  return (queues) => {
    const selection = strategy.select(state, queues, random());
    state = selection.state;
    return selection.queue;
  };
}
