import { chunksOf } from '../batches.ts';
import type { Broker } from '../broker/broker.ts';
import { pause, type TimerClock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { afterPoll, levelsOf, MAX_POLLS, NO_LOOK_AHEAD, type PollAnswer } from './look-ahead.ts';
import type { LeasedMessage } from './run.ts';
import type { WorkerObserver } from './worker-observer.ts';

/** A poll that stays open this long found the queue empty: a queue with tasks answers at once. */
const PARKED_AFTER_MS = 500;
const FIRST_TROUBLE_MS = 500;
const LONGEST_TROUBLE_MS = 15_000;

export type QueueFeedOptions = {
  readonly name: string;
  /** Most messages of one poll: 1 to what the broker returns at once. */
  receive: number;
  readonly waitSeconds: number;
  readonly leaseSeconds: number;
  /** The feed polls this often in all, whatever the polls bring. @default no limit */
  readonly maxPolls?: number | undefined;
};

export type QueueFeedDeps = {
  readonly broker: Broker;
  readonly clock: TimerClock;
  readonly logger: Logger;
  readonly observer?: WorkerObserver;
  /** Resolves once no renewal of leases is under way. Never rejects. */
  readonly renewal: () => Promise<void>;
  /** Called when a poll has ended, with or without messages. */
  readonly onArrival: () => void;
};

/**
 * The messages of one queue that are ready for this worker: a small buffer, and the polls that fill it.
 *
 * While the buffer is low one long poll is open. On an empty queue it waits, and wakes the worker up
 * when a message arrives. While polls come back full, short polls join, which never wait.
 */
export class QueueFeed {
  readonly options: QueueFeedOptions;
  readonly #deps: QueueFeedDeps;
  readonly #polls = new Set<Promise<void>>();
  readonly #requeues = new Set<Promise<void>>();
  readonly #stopWaiting = new AbortController();
  #buffer: LeasedMessage[] = [];
  #isOpen = false;
  #longPollSince: number | undefined;
  #pollsLeft: number;
  #answer: PollAnswer = 'none';
  #lookAhead = NO_LOOK_AHEAD;
  #troubleMs = 0;
  /** True after messages were requeued because they waited too long, until the next one starts. */
  #waitsForTurn = false;
  /** Messages that the open polls ask for. */
  #asked = 0;
  #lowWater = 0;
  #takenSincePoll = 0;

  constructor(options: QueueFeedOptions, deps: QueueFeedDeps) {
    this.options = options;
    this.#deps = deps;
    this.#pollsLeft = options.maxPolls ?? Number.POSITIVE_INFINITY;
  }

  get buffered(): readonly LeasedMessage[] {
    return this.#buffer;
  }

  get isReady(): boolean {
    return this.#buffer.length > 0;
  }

  /** True when the queue is known to be empty. False while a poll may still bring more. */
  get isIdle(): boolean {
    if (this.isReady) return false;
    const parkedMs = this.#deps.clock.now() - (this.#longPollSince ?? Number.POSITIVE_INFINITY);
    return this.#answer === 'empty' || parkedMs > PARKED_AFTER_MS;
  }

  /** True when the feed has made all its polls, and the slots took all they brought. */
  get isSpent(): boolean {
    return this.#pollsLeft === 0 && this.#polls.size === 0 && !this.isReady;
  }

  /** Removes and returns the message that has waited longest. */
  take(): LeasedMessage | undefined {
    this.#waitsForTurn = false;
    this.#takenSincePoll += 1;
    return this.#buffer.shift();
  }

  /**
   * Opens the feed, and polls if it holds few messages.
   * @param lowWater messages that the queue's share of the slots takes at once
   */
  fill(lowWater: number): void {
    this.#isOpen = true;
    this.#lowWater = lowWater;
    const { mark } = this.#levels;
    if ((this.#waitsForTurn && this.isReady) || this.#buffer.length > mark) return;
    if (this.#longPollSince === undefined) this.#startPoll(this.options.waitSeconds);
    if (this.#answer !== 'full') return;
    const most = Math.min(MAX_POLLS, this.#polls.size + this.#pollsLeft);
    while (this.#polls.size < most && this.#buffer.length + this.#asked <= mark) this.#startPoll(0);
  }

  /** Stops polling. Messages in the buffer, and those that still arrive, go back to the queue. */
  close(): void {
    this.#isOpen = false;
    this.#answer = 'none';
    this.#lookAhead = NO_LOOK_AHEAD;
    this.#requeue(this.#buffer.splice(0));
  }

  /** Counts one poll of a closed feed as made, so that a worker with a limit of polls comes to its end. */
  skipPoll(): void {
    if (!this.#isOpen && this.#pollsLeft > 0) this.#pollsLeft -= 1;
  }

  /**
   * Resolves when a closed feed has nothing under way. It waits for open polls, up to `waitSeconds`:
   * aborting a poll would lease its messages to nobody.
   */
  async drained(): Promise<void> {
    this.#stopWaiting.abort();
    while (this.#polls.size > 0) await Promise.all(this.#polls);
    await Promise.all(this.#requeues);
  }

  /** Requeues messages that waited longer than `maxMs`, except the next in line. */
  requeueOlderThan(maxMs: number): void {
    const limit = this.#deps.clock.now() - maxMs;
    const [next, ...others] = this.#buffer;
    const old = others.filter(({ receivedAt }) => receivedAt < limit);
    // After the last poll nothing would replace them.
    if (!next || old.length === 0 || this.#pollsLeft === 0) return;
    this.#buffer = [next, ...others.filter((message) => !old.includes(message))];
    this.#waitsForTurn = true;
    this.#lookAhead = NO_LOOK_AHEAD;
    this.#requeue(old);
  }

  /** Removes messages whose lease was lost while they waited: another worker may have them. */
  forget(lost: readonly LeasedMessage[]): void {
    this.#buffer = this.#buffer.filter((message) => !lost.includes(message));
  }

  get #levels() {
    return levelsOf(this.#lowWater, this.options.receive, this.#lookAhead);
  }

  #startPoll(waitSeconds: number): void {
    if (this.#pollsLeft === 0) return;
    this.#pollsLeft -= 1;
    const isLong = waitSeconds > 0;
    if (isLong) this.#longPollSince = this.#deps.clock.now();
    const { pollSize } = this.#levels;
    this.#asked += pollSize;
    const poll = this.#poll(pollSize, waitSeconds).finally(() => {
      this.#polls.delete(poll);
      this.#asked -= pollSize;
      if (isLong) this.#longPollSince = undefined;
      this.#deps.onArrival();
    });
    this.#polls.add(poll);
  }

  async #poll(max: number, waitSeconds: number): Promise<void> {
    const { name: queue, leaseSeconds } = this.options;
    const { broker, clock, observer } = this.#deps;
    const troubleBefore = this.#troubleMs;
    try {
      const deliveries = await broker.receive({ max, waitSeconds, leaseSeconds });
      observer?.polled(queue, deliveries.length);
      const now = clock.now();
      this.#troubleMs = 0;
      this.#onAnswer(
        deliveries.map((delivery) => ({ queue, delivery, receivedAt: now, leasedAt: now })),
        max,
      );
    } catch (error) {
      await this.#waitOutTrouble(error, troubleBefore);
    }
  }

  #onAnswer(messages: readonly LeasedMessage[], max: number): void {
    if (messages.length === 0) this.#answer = 'empty';
    else this.#answer = messages.length < max ? 'some' : 'full';
    const wasLate = !this.isReady && this.#takenSincePoll >= this.#lowWater;
    this.#takenSincePoll = 0;
    this.#lookAhead = afterPoll(this.#lookAhead, this.#answer, wasLate);
    if (this.#isOpen) this.#buffer.push(...messages);
    else this.#requeue(messages);
  }

  /** Polls that fail together wait equally long. Only a poll that fails after a wait waits longer. */
  async #waitOutTrouble(error: unknown, before: number): Promise<void> {
    const retryInMs = Math.min(Math.max(before * 2, FIRST_TROUBLE_MS), LONGEST_TROUBLE_MS);
    this.#deps.logger.warn('poll failed', { queue: this.options.name, retryInMs, error });
    this.#troubleMs = retryInMs;
    await pause(retryInMs, this.#stopWaiting.signal, this.#deps.clock);
  }

  #requeue(messages: readonly LeasedMessage[]): void {
    for (const batch of chunksOf(messages, this.#deps.broker.maxBatch)) {
      const request = this.#requeueBatch(batch).finally(() => this.#requeues.delete(request));
      this.#requeues.add(request);
    }
  }

  async #requeueBatch(messages: readonly LeasedMessage[]): Promise<void> {
    const { broker, logger, renewal } = this.#deps;
    try {
      // A renewal that is under way would arrive later, and lease the messages again.
      await renewal();
      await broker.changeLease(
        messages.map(({ delivery }) => delivery),
        0,
      );
    } catch (error) {
      const fields = { queue: this.options.name, messages: messages.length, error };
      logger.warn('messages could not be requeued; they come back when their leases end', fields);
    }
  }
}
