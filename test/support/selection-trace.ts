import fc from 'fast-check';
import type { SelectableQueue } from '../../shared/selector/selector-strategy.ts';
import { queue } from './selectable-queues.ts';

/** A change of one queue, and the number of selections that follow. */
type Step = {
  readonly queue: number;
  readonly becomes: 'ready' | 'empty' | 'late';
  readonly weight: number | undefined;
  readonly selections: number;
};

/** A random history of a few queues, which have no task at first. */
export type SelectionTrace = {
  readonly weights: readonly number[];
  readonly tiers: readonly number[];
  readonly steps: readonly Step[];
};

type TraceOptions = {
  readonly becomes?: readonly Step['becomes'][];
  /** Weights stay as they are unless a test wants others. @default false */
  readonly reweighs?: boolean;
  readonly tiers?: number;
};

const aWeight = fc.oneof(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 1000 }),
  fc.integer({ min: 1, max: 1_000_000 }),
);

/** Any trace of 2 to 8 queues. */
export function anyTrace(options: TraceOptions = {}): fc.Arbitrary<SelectionTrace> {
  const { becomes = ['ready', 'ready', 'empty'], reweighs = false, tiers = 1 } = options;
  const none = fc.constant(undefined);
  return fc.integer({ min: 2, max: 8 }).chain((count) => {
    const each = { minLength: count, maxLength: count };
    return fc.record({
      weights: fc.array(aWeight, each),
      tiers: fc.array(fc.nat(tiers - 1), each),
      steps: fc.array(
        fc.record({
          queue: fc.nat(count - 1),
          becomes: fc.constantFrom(...becomes),
          weight: reweighs ? fc.oneof(none, none, aWeight) : none,
          selections: fc.nat(12),
        }),
        { maxLength: 30 },
      ),
    });
  });
}

/** The queues of a trace, step by step. */
export class TracedQueues {
  readonly all: SelectableQueue[];

  constructor({ weights, tiers }: SelectionTrace) {
    const empty = { ready: false, idle: true };
    this.all = weights.map((weight, at) => queue(`q${at}`, weight, { ...empty, tier: tiers[at] }));
  }

  take({ queue: at, becomes, weight }: Step): void {
    const before = this.all[at];
    if (!before) return;
    const isEmptied = becomes === 'empty' && !before.idle;
    this.all[at] = {
      ...before,
      weight: weight ?? before.weight,
      ready: becomes === 'ready',
      idle: becomes === 'empty',
      emptied: before.emptied + (isEmptied ? 1 : 0),
    };
  }

  /** From now on every queue has tasks. */
  fill(): readonly SelectableQueue[] {
    return this.all.map((each) => ({ ...each, ready: true, idle: false }));
  }
}
