import { chunksOf } from '../batches.ts';
import type { Broker, Delivery } from '../broker/broker.ts';
import { type Clock, pause } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { HeldTask } from './held-task.ts';
import type { WorkerObserver } from './worker-observer.ts';

/** A poll that stays open this long found the queue empty: a queue with tasks answers at once. */
const PARKED_AFTER_MS = 500;
const FIRST_TROUBLE_MS = 500;
const LONGEST_TROUBLE_MS = 15_000;
/** A poll asks for no fewer, if it may: so many are all that SQS hands out. */
const FEW = 10;
/** Open polls of one queue. SQS answers in about 10 ms: so many bring 10,000 tasks a second. */
const MAX_POLLS = 10;
const FEWER_AFTER_POLLS = 50;

export type QueueFeedOptions = {
  readonly name: string;
  /** Most tasks per poll, 1 to what the broker hands out at once. */
  receive: number;
  readonly waitSeconds: number;
  readonly leaseSeconds: number;
  /** It polls so many times in all, whatever the polls bring. @default no limit */
  readonly maxPolls?: number | undefined;
};

/**
 * What one queue has ready for this worker: a small buffer, and the polls that fill it.
 *
 * One long poll is outstanding while the buffer is low; parked on an empty queue it is the wake-up.
 * More polls, short ones so that they can never park, join while the polls come back full.
 */
export class QueueFeed {
  readonly options: QueueFeedOptions;
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #observer: WorkerObserver | undefined;
  readonly #onArrival: () => void;
  readonly #polls = new Set<Promise<void>>();
  readonly #handBacks = new Set<Promise<void>>();
  readonly #stopWaiting = new AbortController();
  #buffer: HeldTask[] = [];
  #open = false;
  #longPollSince: number | undefined;
  #pollsLeft: number;
  #lastPoll: 'none' | 'empty' | 'some' | 'full' = 'none';
  #troubleMs = 0;
  #waitsForTurn = false;
  /** Portions kept beyond low-water. */
  #ahead = 0;
  /** Of all polls under way. */
  #asked = 0;
  #lowWater = 0;
  #takenSincePoll = 0;
  #pollsInTime = 0;

  /** @param onArrival called whenever a poll has ended, with or without tasks */
  constructor(
    options: QueueFeedOptions,
    broker: Broker,
    deps: { clock: Clock; logger: Logger; observer?: WorkerObserver },
    onArrival: () => void,
  ) {
    this.options = options;
    this.#pollsLeft = options.maxPolls ?? Number.POSITIVE_INFINITY;
    this.#broker = broker;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#observer = deps.observer;
    this.#onArrival = onArrival;
  }

  get buffered(): readonly HeldTask[] {
    return this.#buffer;
  }

  get isReady(): boolean {
    return this.#buffer.length > 0;
  }

  /** Known to be empty, rather than waiting for a poll to bring more. */
  get isIdle(): boolean {
    if (this.isReady) return false;
    const parked = this.#clock.now() - (this.#longPollSince ?? Number.POSITIVE_INFINITY);
    return this.#lastPoll === 'empty' || parked > PARKED_AFTER_MS;
  }

  /** Its polls are used up, and all that they brought was taken. */
  get isSpent(): boolean {
    return this.#pollsLeft === 0 && this.#polls.size === 0 && !this.isReady;
  }

  /** The task that waited longest. */
  take(): HeldTask | undefined {
    this.#waitsForTurn = false;
    this.#takenSincePoll += 1;
    return this.#buffer.shift();
  }

  /**
   * Polls if the buffer holds no more than `lowWater` tasks, or ran dry of late although it did.
   * Arrivals of a closed feed go back.
   */
  fill(lowWater: number): void {
    this.#open = true;
    this.#lowWater = lowWater;
    if ((this.#waitsForTurn && this.isReady) || this.#buffer.length > this.#mark) return;
    if (this.#longPollSince === undefined) this.#start(this.options.waitSeconds);
    if (this.#lastPoll !== 'full') return;
    const most = Math.min(MAX_POLLS, this.#polls.size + this.#pollsLeft);
    while (this.#polls.size < most && this.#expected() <= this.#mark) this.#start(0);
  }

  /** No new polls; what is buffered, or still arrives, goes back to the queue at once. */
  close(): void {
    this.#open = false;
    this.#lastPoll = 'none';
    this.#ahead = 0;
    this.#handBack(this.#buffer.splice(0));
  }

  /**
   * Resolves when a closed feed has nothing under way. Open polls are waited for, up to
   * `waitSeconds`: aborting one would lease its tasks to nobody.
   */
  async settled(): Promise<void> {
    this.#stopWaiting.abort();
    while (this.#polls.size > 0) await Promise.all(this.#polls);
    await Promise.all(this.#handBacks);
  }

  /** Hands back what waited longer than `maxMs`, but for the next in line; polls again after its turn. */
  handBackOlderThan(maxMs: number): void {
    const limit = this.#clock.now() - maxMs;
    const [next, ...others] = this.#buffer;
    const old = others.filter(({ receivedAt }) => receivedAt < limit);
    // After the last poll nothing would come in their place.
    if (!next || old.length === 0 || this.#pollsLeft === 0) return;
    this.#buffer = [next, ...others.filter((held) => !old.includes(held))];
    this.#waitsForTurn = true;
    this.#ahead = 0;
    this.#handBack(old);
  }

  /** Removes tasks whose lease was lost while they waited: somebody else has them. */
  forget(lost: readonly HeldTask[]): void {
    this.#buffer = this.#buffer.filter((held) => !lost.includes(held));
  }

  /** As many tasks as there may be slots for, which is what one poll brings. */
  get #portion(): number {
    return Math.min(Math.max(this.#lowWater, FEW), this.options.receive);
  }

  get #mark(): number {
    return this.#lowWater + this.#ahead * this.#portion;
  }

  #expected(): number {
    return this.#buffer.length + this.#asked;
  }

  /** Where more are allowed, one poll brings what is kept ahead. */
  get #sizeOfPoll(): number {
    return Math.min(this.#portion * Math.max(this.#ahead, 1), this.options.receive);
  }

  #start(waitSeconds: number): void {
    if (this.#pollsLeft === 0) return;
    this.#pollsLeft -= 1;
    const isLong = waitSeconds > 0;
    if (isLong) this.#longPollSince = this.#clock.now();
    const max = this.#sizeOfPoll;
    this.#asked += max;
    const poll = this.#poll(max, waitSeconds).finally(() => {
      this.#polls.delete(poll);
      this.#asked -= max;
      if (isLong) this.#longPollSince = undefined;
      this.#onArrival();
    });
    this.#polls.add(poll);
  }

  async #poll(max: number, waitSeconds: number): Promise<void> {
    const { name, leaseSeconds } = this.options;
    const troubleBefore = this.#troubleMs;
    try {
      const deliveries = await this.#broker.receive({ max, waitSeconds, leaseSeconds });
      this.#observer?.polled(name, deliveries.length);
      const now = this.#clock.now();
      const held = deliveries.map((delivery) => ({
        queue: name,
        delivery,
        receivedAt: now,
        leasedAt: now,
      }));
      this.#troubleMs = 0;
      if (held.length === 0) this.#lastPoll = 'empty';
      else this.#lastPoll = held.length < max ? 'some' : 'full';
      this.#lookAhead();
      if (this.#open) this.#buffer.push(...held);
      else this.#handBack(held);
    } catch (error) {
      await this.#waitOutTrouble(error, troubleBefore);
    }
  }

  /**
   * Keeps more in the buffer when a poll that was sent at low-water came too late, as with tasks
   * shorter than the round trip; and less again after a while in which that did not happen.
   */
  #lookAhead(): void {
    const wasLate = !this.isReady && this.#takenSincePoll >= this.#lowWater;
    this.#takenSincePoll = 0;
    this.#pollsInTime = wasLate ? 0 : this.#pollsInTime + 1;
    if (this.#lastPoll !== 'full') this.#ahead = 0;
    else if (wasLate) this.#ahead = Math.min(this.#ahead + 1, MAX_POLLS);
    else if (this.#pollsInTime % FEWER_AFTER_POLLS === 0)
      this.#ahead = Math.max(this.#ahead - 1, 0);
  }

  /** Polls that fail together wait the same time: only what fails after a wait waits longer. */
  async #waitOutTrouble(error: unknown, before: number): Promise<void> {
    const waitMs = Math.min(Math.max(before * 2, FIRST_TROUBLE_MS), LONGEST_TROUBLE_MS);
    this.#logger.warn('poll failed', { queue: this.options.name, retryInMs: waitMs, error });
    this.#troubleMs = waitMs;
    await pause(waitMs, this.#stopWaiting.signal);
  }

  #handBack(held: readonly HeldTask[]): void {
    for (const batch of chunksOf(held, this.#broker.maxBatch)) {
      const deliveries = batch.map(({ delivery }) => delivery);
      const request = this.#release(deliveries).finally(() => this.#handBacks.delete(request));
      this.#handBacks.add(request);
    }
  }

  async #release(deliveries: readonly Delivery[]): Promise<void> {
    try {
      await this.#broker.changeLease(deliveries, 0);
    } catch (error) {
      const fields = { queue: this.options.name, tasks: deliveries.length, error };
      this.#logger.warn('tasks could not be handed back; their leases will run out', fields);
    }
  }
}
