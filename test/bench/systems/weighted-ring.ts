type RingQueue = { readonly weight: number };

/**
 * The order in which Shoryuken's WeightedRoundRobin asks its queues: in turns, a queue as often per
 * round as it weighs. A queue found empty leaves the ring for a while, comes back with one place, and
 * gains one with each poll that finds something.
 */
export class WeightedRing<Queue extends RingQueue> {
  readonly #pauseMs: number;
  readonly #divisor: number;
  readonly #paused: { queue: Queue; until: number }[] = [];
  #ring: Queue[];

  constructor(queues: readonly Queue[], pauseMs: number) {
    this.#pauseMs = pauseMs;
    this.#divisor = queues.map(({ weight }) => weight).reduce(greatestCommonDivisor);
    this.#ring = [...queues];
  }

  /** `undefined` while every queue is paused. */
  next(): Queue | undefined {
    const [first] = this.#paused;
    if (first && performance.now() >= first.until) {
      this.#paused.shift();
      this.#ring.push(first.queue);
    }
    const queue = this.#ring.shift();
    if (queue) this.#ring.push(queue);
    return queue;
  }

  /** Records what a poll has found. */
  found(queue: Queue, messages: number): void {
    if (messages === 0) {
      this.#ring = this.#ring.filter((other) => other !== queue);
      this.#paused.push({ queue, until: performance.now() + this.#pauseMs });
      return;
    }
    const places = this.#ring.filter((other) => other === queue).length;
    if (places < queue.weight / this.#divisor) this.#ring.push(queue);
  }
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
