import { pause } from '../clock.ts';
import { BrokerUnavailableError } from '../errors.ts';
import type { Random } from './random.ts';
import type { BrokerModel } from './scenario.ts';
import type { MortalClock, VirtualClock } from './virtual-clock.ts';

export type LinkOptions = {
  readonly queue: string;
  readonly clock: VirtualClock;
  readonly worker: MortalClock;
  readonly random: Random;
  readonly model: BrokerModel;
  readonly roundTripMs: number;
};

const SLOW_SECONDS = { least: 0.3, most: 30 };

/** The way of one worker to one broker, and back. A killed worker gets no answer. */
export class Link {
  readonly #options: LinkOptions;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get isDead(): boolean {
    return this.#options.worker.isDead;
  }

  /** Makes one request. @param effect happens at the broker, when the request arrives */
  async call<Answer>(effect: () => Answer | Promise<Answer>): Promise<Answer> {
    const { clock, worker, model, queue } = this.#options;
    await pause(this.#halfTripMs(), undefined, clock);
    if (this.#isIn(model.failing)) {
      await pause(this.#halfTripMs(), undefined, worker);
      throw new BrokerUnavailableError(queue, 'the simulation makes it fail');
    }
    const answer = await effect();
    await pause(this.#halfTripMs() + this.#slownessMs(), undefined, worker);
    return answer;
  }

  /** The time that a message of the broker takes to the worker. */
  toWorker(): Promise<void> {
    return pause(this.#halfTripMs(), undefined, this.#options.worker);
  }

  #halfTripMs(): number {
    const { random, model, roundTripMs } = this.#options;
    return (roundTripMs / 2) * random.between(1 - model.jitter, 1 + model.jitter);
  }

  #slownessMs(): number {
    const { least, most } = SLOW_SECONDS;
    if (!this.#isIn(this.#options.model.slow)) return 0;
    return least * (most / least) ** this.#options.random.next() * 1000;
  }

  #isIn(trouble: BrokerModel['slow']): boolean {
    if (trouble === undefined) return false;
    const { clock, random } = this.#options;
    const { from, to = Number.POSITIVE_INFINITY, share } = trouble;
    return clock.seconds >= from && clock.seconds < to && random.chance(share);
  }
}
