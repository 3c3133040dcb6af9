import fc from 'fast-check';
import { Random } from '../../shared/simulation/random.ts';
import { aSelector, queue } from './selectable-queues.ts';

/** The tasks of one queue: most are short, some are long, and some do not arrive. */
export const aMix = fc.record({
  weight: fc.integer({ min: 1, max: 9 }),
  shortMs: fc.integer({ min: 5, max: 1000 }),
  longMs: fc.integer({ min: 1000, max: 10_000 }),
  long: fc.constantFrom(0, 0.01, 0.1),
  absent: fc.constantFrom(0, 0.1),
});

type Mix = typeof aMix extends fc.Arbitrary<infer Value> ? Value : never;

type Use = { readonly at: number; readonly from: number; readonly to: number; isAbsent: boolean };

const TASKS = 3000;
const ABSENT_MS = 50;

/** Slots that `weighted-time` fills with random tasks. Every queue always has some. */
class Slots {
  now = 0;
  readonly used: number[];
  readonly #mixes: readonly Mix[];
  readonly #random: Random;
  readonly #selector = aSelector('weighted-time', { now: () => this.now });
  readonly #running: Use[] = [];

  constructor(mixes: readonly Mix[], random: Random) {
    this.#mixes = mixes;
    this.#random = random;
    this.used = mixes.map(() => 0);
  }

  fill(slots: number): void {
    const queues = this.#mixes.map(({ weight }, at) => queue(String(at), weight));
    while (this.#running.length < slots) this.#begin(Number(this.#selector.select(queues)));
  }

  /** Moves to the end of the next task. */
  endNext(): void {
    this.#running.sort((one, other) => other.to - one.to);
    const next = this.#running.pop();
    if (!next) return;
    this.now = next.to;
    const ms = next.to - next.from;
    this.used[next.at] = (this.used[next.at] ?? 0) + ms;
    const name = String(next.at);
    if (next.isAbsent) this.#selector.withdrawn({ name, tier: 0 });
    else this.#selector.ended({ queue: name, runSeconds: ms / 1000 });
  }

  #begin(at: number): void {
    const mix = this.#mixes[at];
    if (!mix) throw new Error(`no queue ${at}`);
    const isAbsent = this.#random.chance(mix.absent);
    const runMs = this.#random.chance(mix.long) ? mix.longMs : mix.shortMs;
    this.#running.push({
      at,
      from: this.now,
      to: this.now + (isAbsent ? ABSENT_MS : runMs),
      isAbsent,
    });
  }
}

/** Milliseconds of the slots that each queue had, of 3,000 tasks in all. */
export function slotTimes(mixes: readonly Mix[], slots: number, seed: number): readonly number[] {
  const table = new Slots(mixes, new Random(seed));
  for (let task = 0; task < TASKS; task++) {
    table.fill(slots);
    table.endNext();
  }
  return table.used;
}
