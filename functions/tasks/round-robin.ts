import { defineStrategy } from '../../shared/selector/own-strategy.ts';
import type { SelectableQueue, SelectorStrategy } from '../../shared/selector/selector-strategy.ts';

/** Serves the ready queues in turn, in the order of the configuration. Weights do not count. */
class RoundRobin implements SelectorStrategy {
  readonly #servedAt = new Map<string, number>();
  #selections = 0;

  select(queues: readonly SelectableQueue[]): string | undefined {
    let next: string | undefined;
    for (const { name, ready } of queues) {
      if (!ready) continue;
      if (next === undefined || this.#turnOf(name) < this.#turnOf(next)) next = name;
    }
    this.#selections += 1;
    if (next !== undefined) this.#servedAt.set(next, this.#selections);
    return next;
  }

  /** The queue had no task after all, so it keeps its turn. */
  withdrawn(queue: string): void {
    this.#servedAt.delete(queue);
  }

  /** The queue that was served longest ago is next. */
  #turnOf(name: string): number {
    return this.#servedAt.get(name) ?? 0;
  }
}

export const roundRobin = defineStrategy({
  name: 'round-robin',
  create: () => new RoundRobin(),
});
