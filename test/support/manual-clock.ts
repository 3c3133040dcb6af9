import type { Clock } from '../../shared/clock.ts';

/** A clock that only a test moves. */
export class ManualClock implements Clock {
  #now = Date.now();

  now(): number {
    return this.#now;
  }

  /** @param time milliseconds since 1970 */
  moveTo(time: number): void {
    this.#now = time;
  }

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }
}
