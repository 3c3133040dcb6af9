import { chunksOf } from '../batches.ts';
import type { Broker } from '../broker/broker.ts';
import { pause, type TimerClock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { levelsOf, maxPolls, type Poll, PollAnswers, type SlotDemand } from './polling.ts';
import type { LeasedMessage } from './run.ts';
import type { WorkerObserver } from './worker-observer.ts';

/** A look asks all servers of SQS, which only long polls do, and soon ends. */
const LOOK_SECONDS = 1;
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
 * While the slots need tasks of the queue one long poll is open. On an empty queue it waits, and wakes
 * the worker up when a message arrives. While polls bring messages, short polls join, which never wait.
 */
export class QueueFeed {
  readonly options: QueueFeedOptions;
  readonly answers: PollAnswers;
  readonly #deps: QueueFeedDeps;
  readonly #polls = new Set<Promise<void>>();
  readonly #requeues = new Set<Promise<void>>();
  readonly #stopWaiting = new AbortController();
  #buffer: LeasedMessage[] = [];
  #isOpen = false;
  #isLongPollOpen = false;
  #pollsLeft: number;
  #troubleMs = 0;
  #hasReturned = false;
  /** Messages that the open polls ask for. */
  #asked = 0;

  constructor(options: QueueFeedOptions, deps: QueueFeedDeps) {
    this.options = options;
    this.#deps = deps;
    this.answers = new PollAnswers(deps.clock);
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
    return !this.isReady && this.answers.isEmpty;
  }

  /** True if no message is here, and the next answer is worth a wait of slots. */
  get isAwaited(): boolean {
    return !this.isReady && this.answers.isAwaited;
  }

  /** True while a poll is under way. */
  get isPolling(): boolean {
    return this.#polls.size > 0;
  }

  /** True when the queue seemed empty this long ago, and no poll waits for its next message. */
  isUnwatchedFor(milliseconds: number): boolean {
    if (!this.answers.hasAnswered || this.isReady || this.isPolling) return false;
    const { hasMore } = this.answers;
    return !hasMore && this.answers.isOlderThan(milliseconds) && this.#pollsLeft > 0;
  }

  /** True when messages went back because they had waited long, and no poll was made since. */
  get hasReturned(): boolean {
    return this.#hasReturned && !this.isReady && !this.isPolling;
  }

  /** True when the feed has made all its polls, and the slots took all they brought. */
  get isSpent(): boolean {
    return this.#pollsLeft === 0 && this.#polls.size === 0 && !this.isReady;
  }

  /** Removes and returns the message that has waited longest. */
  take(): LeasedMessage | undefined {
    return this.#buffer.shift();
  }

  /** Opens the feed, and polls for what the slots need. */
  fill(demand: SlotDemand): void {
    this.#isOpen = true;
    const { mark, most } = levelsOf(demand, this.answers.roundTripMs);
    if (this.#held >= mark) return;
    if (!this.#isLongPollOpen) this.#startPoll(this.options.waitSeconds, most);
    if (!this.answers.isShortPollWorthIt) return;
    const polls = Math.min(maxPolls(this.options.receive), this.#polls.size + this.#pollsLeft);
    while (this.#polls.size < polls && this.#held < mark) this.#startPoll(0, most);
  }

  /** Opens the feed, and asks whether the queue is still empty. */
  look(most: number): void {
    this.#isOpen = true;
    this.answers.ask();
    this.#startPoll(LOOK_SECONDS, most);
  }

  /** Requeues the messages beyond so many: other workers may have free slots for them. */
  keep(most: number): void {
    // After the last poll nothing would replace them.
    if (this.#pollsLeft > 0) this.#requeue(this.#buffer.splice(most));
  }

  /** Stops polling. Messages in the buffer, and those that still arrive, go back to the queue. */
  close(): void {
    this.#isOpen = false;
    this.#hasReturned = false;
    this.answers.forget();
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

  /** Requeues messages that waited longer than `maxMs`: another worker may have a free slot. */
  requeueOlderThan(maxMs: number): void {
    const limit = this.#deps.clock.now() - maxMs;
    const old = this.#buffer.filter(({ receivedAt }) => receivedAt < limit);
    // After the last poll nothing would replace them.
    if (old.length === 0 || this.#pollsLeft === 0) return;
    this.#buffer = this.#buffer.filter(({ receivedAt }) => receivedAt >= limit);
    this.#hasReturned = true;
    this.#requeue(old);
  }

  /** Removes messages whose lease was lost while they waited: another worker may have them. */
  forget(lost: readonly LeasedMessage[]): void {
    this.#buffer = this.#buffer.filter((message) => !lost.includes(message));
  }

  /** Messages in the buffer, and those that open polls may bring. */
  get #held(): number {
    return this.#buffer.length + this.#asked;
  }

  #startPoll(waitSeconds: number, most: number): void {
    if (this.#pollsLeft === 0) return;
    this.#pollsLeft -= 1;
    this.#hasReturned = false;
    const isLong = waitSeconds > 0;
    if (isLong) this.#isLongPollOpen = true;
    // With a limit of polls each brings as much as it may.
    const wanted = Number.isFinite(this.#pollsLeft) ? this.options.receive : most - this.#held;
    const size = Math.min(Math.max(wanted, 1), this.options.receive);
    this.#asked += size;
    const poll = this.#poll(size, waitSeconds).finally(() => {
      this.#polls.delete(poll);
      this.#asked -= size;
      if (isLong) this.#isLongPollOpen = false;
      this.#deps.onArrival();
    });
    this.#polls.add(poll);
  }

  async #poll(max: number, waitSeconds: number): Promise<void> {
    const { name: queue, leaseSeconds } = this.options;
    const { broker, clock, observer } = this.#deps;
    const troubleBefore = this.#troubleMs;
    const poll: Poll = { max, waitSeconds, sentAt: clock.elapsed() };
    try {
      const deliveries = await broker.receive({ max, waitSeconds, leaseSeconds });
      observer?.polled(queue, deliveries.length);
      const now = clock.now();
      this.#troubleMs = 0;
      this.answers.note(deliveries.length, poll);
      const messages = deliveries.map((delivery) => ({
        queue,
        delivery,
        receivedAt: now,
        leasedAt: now,
      }));
      if (this.#isOpen) this.#buffer.push(...messages);
      else this.#requeue(messages);
    } catch (error) {
      await this.#waitOutTrouble(error, troubleBefore);
    }
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
