import type { Timer, TimerClock } from '../clock.ts';
import { type Lanes, lanesOf, type SlotUse, slotUse, startable } from '../config/lanes.ts';
import type { LiveSettings } from '../control/live-settings.ts';

/** A free slot waits at most so long for an answer: a queue with tasks answers in about 10 ms. */
const LONGEST_HOLD_MS = 50;

/**
 * The slots of a worker. A slot is taken while a task runs in it, and while it is granted to a queue
 * whose next task is on its way.
 */
export class SlotTable {
  readonly #concurrency: number;
  /** Queues that this worker serves. */
  readonly #served: ReadonlySet<string>;
  readonly #taken = new Map<string, number>();
  readonly #granted = new Map<string, number>();
  #settings: LiveSettings;
  #limit: number;
  #lanes: Lanes;
  #use: SlotUse | undefined;

  /** @param concurrency slots of the worker, 1 to 1,000 */
  constructor(concurrency: number, served: ReadonlySet<string>, settings: LiveSettings) {
    this.#concurrency = concurrency;
    this.#served = served;
    this.#settings = settings;
    this.#limit = concurrency;
    this.#lanes = this.#lanesNow();
  }

  /** How many tasks may run at once now. */
  get limit(): number {
    return this.#limit;
  }

  set limit(slots: number) {
    this.#limit = slots;
    this.#lanes = this.#lanesNow();
    this.#use = undefined;
  }

  /** Uses the lanes of other settings. */
  apply(settings: LiveSettings): void {
    this.#settings = settings;
    this.#lanes = this.#lanesNow();
    this.#use = undefined;
  }

  get isFull(): boolean {
    return this.#useNow().busy >= this.#limit;
  }

  running(queue: string): number {
    return (this.#taken.get(queue) ?? 0) - this.granted(queue);
  }

  granted(queue: string): number {
    return this.#granted.get(queue) ?? 0;
  }

  /** How many more tasks of a queue may start now. */
  free(queue: string): number {
    return startable(queue, this.#lanes, this.#useNow(), this.#limit);
  }

  take(queue: string): void {
    this.#change(this.#taken, queue, 1);
  }

  leave(queue: string): void {
    this.#change(this.#taken, queue, -1);
  }

  /** Takes a slot for a task that has not arrived. */
  grant(queue: string): void {
    this.take(queue);
    this.#change(this.#granted, queue, 1);
  }

  /** Uses a granted slot for a task that has arrived. */
  redeem(queue: string): void {
    this.#change(this.#granted, queue, -1);
  }

  /** Takes back the slots that are granted to a queue. */
  withdraw(queue: string): void {
    this.#change(this.#taken, queue, -this.granted(queue));
    this.#granted.delete(queue);
  }

  #change(counts: Map<string, number>, queue: string, change: number): void {
    counts.set(queue, (counts.get(queue) ?? 0) + change);
    this.#use = undefined;
  }

  #useNow(): SlotUse {
    this.#use ??= slotUse(this.#lanes, this.#taken);
    return this.#use;
  }

  #lanesNow(): Lanes {
    const { queues, lanes } = this.#settings;
    const served = [...queues.values()].filter(({ name }) => this.#served.has(name));
    const options = { concurrency: this.#concurrency, slots: this.#limit, enabled: lanes };
    return lanesOf(served, options);
  }
}

/** The time for which free slots wait for answers of queues. */
export class AnswerHold {
  readonly #clock: TimerClock;
  readonly #onTimeout: (overdue: readonly string[]) => void;
  /** By queue: since when slots wait for its next answer. */
  readonly #since = new Map<string, number>();
  #allSince: number | undefined;
  #timer: Timer | undefined;

  /** @param onTimeout called with the queues for which slots have waited long enough */
  constructor(clock: TimerClock, onTimeout: (overdue: readonly string[]) => void) {
    this.#clock = clock;
    this.#onTimeout = onTimeout;
  }

  /** True while no slot may be used before every queue has answered. */
  get isForAll(): boolean {
    return this.#allSince !== undefined;
  }

  /** Waits for an answer of every queue. */
  forAll(): void {
    this.#allSince ??= this.#clock.elapsed();
    this.#startTimer(LONGEST_HOLD_MS);
  }

  endForAll(): void {
    this.#allSince = undefined;
  }

  /** Waits for the next answer of a queue. */
  for(queue: string): void {
    if (!this.#since.has(queue)) this.#since.set(queue, this.#clock.elapsed());
    this.#startTimer(LONGEST_HOLD_MS);
  }

  /** Notes an answer of a queue. */
  answered(queue: string): void {
    if (this.#since.has(queue)) this.#since.set(queue, this.#clock.elapsed());
  }

  endFor(queue: string): void {
    this.#since.delete(queue);
  }

  #startTimer(milliseconds: number): void {
    this.#timer ??= this.#clock.after(milliseconds, () => {
      this.#timer = undefined;
      this.#check(this.#clock.elapsed() - LONGEST_HOLD_MS);
    });
  }

  #check(limit: number): void {
    const overdue = [...this.#since].flatMap(([queue, since]) => (since <= limit ? [queue] : []));
    for (const queue of overdue) this.#since.delete(queue);
    if (this.#allSince !== undefined && this.#allSince <= limit) this.#allSince = undefined;
    const waiting = [...this.#since.values(), ...(this.isForAll ? [this.#allSince ?? 0] : [])];
    if (waiting.length > 0) this.#startTimer(Math.max(Math.min(...waiting) - limit, 1));
    this.#onTimeout(overdue);
  }
}
