import type { Timer, TimerClock } from '../clock.ts';

/** 2026-01-01T00:00:00Z, the start of every simulation. */
export const START_MS = 1_767_225_600_000;

/** Events that are scheduled together. Node.js then polls for input once for all of them. */
const BATCH = 256;

type Event = Timer & {
  at: number;
  /** Events of the same time fire in the order in which they were scheduled. */
  order: number;
  /** Index in the heap; -1 when it is not there. */
  index: number;
  readonly fire: () => void;
};

/**
 * Time that jumps from one event to the next. Before an event fires, all promises that the earlier
 * ones resolved have run their callbacks, as if time had passed.
 */
export class VirtualClock implements TimerClock {
  /** A binary heap, the next event first. */
  readonly #heap: Event[] = [];
  #now = START_MS;
  #order = 0;
  #isStopped = false;
  /** Events that have fired. */
  fired = 0;

  elapsed(): number {
    return this.now();
  }

  now(): number {
    return this.#now;
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.#now - START_MS) / 1000;
  }

  after(milliseconds: number, callback: () => void): Timer {
    const event: Event = {
      at: this.#now + Math.max(milliseconds, 0),
      order: this.#order++,
      index: -1,
      fire: callback,
      cancel: () => this.#remove(event),
    };
    this.#insert(event);
    return event;
  }

  every(milliseconds: number, callback: () => void): Timer {
    const event: Event = {
      at: this.#now + milliseconds,
      order: this.#order++,
      index: -1,
      fire: () => {
        event.at = this.#now + milliseconds;
        event.order = this.#order++;
        this.#insert(event);
        callback();
      },
      cancel: () => this.#remove(event),
    };
    this.#insert(event);
    return event;
  }

  /** Calls back at this second, or now if it is over. */
  at(second: number, callback: () => void): Timer {
    return this.after(second * 1000 - (this.#now - START_MS), callback);
  }

  /** Ends `run` before its next event. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Fires all events up to this second, then moves there, unless somebody calls `stop`. */
  async run(untilSecond: number): Promise<void> {
    const until = START_MS + untilSecond * 1000;
    this.#isStopped = false;
    await this.#fireUntil(until);
    if (!this.#isStopped) this.#now = Math.max(this.#now, until);
  }

  /** Node.js runs the callbacks of all resolved promises after each callback of `setImmediate`. */
  #fireUntil(until: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const step = (): void => {
        if (isOver) return;
        try {
          isOver = !this.#fireNext(until);
          if (isOver) resolve();
        } catch (error) {
          isOver = true;
          reject(error);
        }
      };
      const next = (): void => {
        step();
        if (!isOver) schedule();
      };
      const schedule = (): void => {
        for (let count = 1; count < BATCH; count++) setImmediate(step);
        setImmediate(next);
      };
      schedule();
    });
  }

  /** Returns false when there is nothing left to fire. */
  #fireNext(until: number): boolean {
    const [next] = this.#heap;
    if (this.#isStopped || next === undefined || next.at > until) return false;
    this.#remove(next);
    this.#now = next.at;
    this.fired += 1;
    next.fire();
    return true;
  }

  #insert(event: Event): void {
    this.#heap.push(event);
    event.index = this.#heap.length - 1;
    this.#moveUp(event);
  }

  #remove(event: Event): void {
    const { index } = event;
    if (index < 0) return;
    event.index = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === event) return;
    this.#place(last, index);
    this.#moveDown(last);
    this.#moveUp(last);
  }

  #moveUp(event: Event): void {
    for (;;) {
      const parent = this.#heap[(event.index - 1) >> 1];
      if (parent === undefined || parent === event || !isEarlier(event, parent)) return;
      this.#swap(event, parent);
    }
  }

  #moveDown(event: Event): void {
    for (;;) {
      const left = this.#heap[2 * event.index + 1];
      const right = this.#heap[2 * event.index + 2];
      const child = left && right && isEarlier(right, left) ? right : left;
      if (child === undefined || !isEarlier(child, event)) return;
      this.#swap(event, child);
    }
  }

  #swap(one: Event, other: Event): void {
    const { index } = one;
    this.#place(one, other.index);
    this.#place(other, index);
  }

  #place(event: Event, index: number): void {
    this.#heap[index] = event;
    event.index = index;
  }
}

const isEarlier = (one: Event, other: Event): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** The clock of one worker. Once the worker is killed, none of its timers calls back. */
export class MortalClock implements TimerClock {
  readonly #clock: VirtualClock;
  #isDead = false;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    this.#isDead = true;
  }

  elapsed(): number {
    return this.#clock.elapsed();
  }

  now(): number {
    return this.#clock.now();
  }

  after(milliseconds: number, callback: () => void): Timer {
    return this.#clock.after(milliseconds, () => this.#unlessDead(callback));
  }

  every(milliseconds: number, callback: () => void): Timer {
    return this.#clock.every(milliseconds, () => this.#unlessDead(callback));
  }

  #unlessDead(callback: () => void): void {
    if (!this.#isDead) callback();
  }
}
