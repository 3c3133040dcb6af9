import { defineStrategy, type OwnStrategy } from '../../shared/selector/own-strategy.ts';
import type { SelectableQueue } from '../../shared/selector/selector-strategy.ts';

type Queues = readonly SelectableQueue[];

/** Works, and differs from every built-in strategy. */
const lightestFirst = defineStrategy({
  name: 'lightest-first',
  create: () => ({
    select: (queues) => {
      const ready = queues.filter((queue) => queue.ready);
      return ready.toSorted((one, other) => one.weight - other.weight)[0]?.name;
    },
  }),
});

const throwing = defineStrategy({
  name: 'throwing',
  create: () => ({
    select: () => {
      throw new Error('no queue is good enough');
    },
    withdrawn: () => {
      throw new Error('it was mine');
    },
    ended: () => {
      throw new Error('it must not end');
    },
  }),
});

/** A strategy in JavaScript may return all of this. A promise that rejects could end the process. */
const NONSENSE: readonly ((queues: Queues) => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => 10n,
  () => Symbol('queue'),
  () => 'no such queue',
  (queues) => queues.find(({ ready }) => !ready)?.name,
  (queues) => queues,
  () => Promise.reject(new Error('nobody waits for this')),
  async (queues) => queues.find(({ ready }) => ready)?.name,
  (queues) => Reflect.deleteProperty(queues, 'length') || Object.assign(queues, { length: 0 }),
  (queues) => queues.map((queue) => Object.assign(queue, { ready: true, name: 'mine' }))[0]?.name,
];

/** The type checker would find most of this. */
function pretendNothingIsWrong(_chosen: unknown): asserts _chosen is string {}

const nonsense = defineStrategy({
  name: 'nonsense',
  create: () => {
    let turn = 0;
    return {
      select: (queues) => {
        turn += 1;
        const chosen = NONSENSE[turn % NONSENSE.length]?.(queues);
        pretendNothingIsWrong(chosen);
        return chosen;
      },
      withdrawn: () => Promise.reject(new Error('nor for this')),
      ended: () => Promise.reject(new Error('nor for this')),
    };
  },
});

/** The strategies of the tests: `#tasks/strategies` with the condition `test-tasks`. */
export const strategies: readonly OwnStrategy[] = [lightestFirst, throwing, nonsense];
