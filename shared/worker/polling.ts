import type { TimerClock } from '../clock.ts';
import type { StrategyName } from '../config/config.ts';

/** Most messages that the open polls of a queue ask for: with answers in 10 ms, 20,000 a second. */
const MOST_ASKED = 200;
/** A poll brings at most what the slots start within this time, so that polls come back full. */
const AHEAD_SECONDS = 1;
/** Tasks that usually run this long are not fetched ahead: another worker may have a free slot. */
const NOT_AHEAD_FROM_MS = 1000;
/** The weight of the latest task in the typical run time of its queue. */
const LATEST_RUN_WEIGHT = 0.1;
/** The resolution of the clock. */
const SHORTEST_MS = 1;

/** The tasks that the slots need of one queue. */
export type SlotDemand = {
  /** Slots that can start a task of it now. */
  readonly now: number;
  /** Tasks of it that they will start in a second, as far as run times are known. */
  readonly perSecond: number;
  /** Typical run time of the tasks of all queues, in milliseconds; infinite while it is unknown. */
  readonly usualRunMs: number;
};

/** The sizes of a feed's buffer and polls, in messages. */
export type FeedLevels = {
  /** The feed polls while it holds and expects less than this. */
  readonly mark: number;
  /** The most that it may hold and expect in all. */
  readonly most: number;
};

/**
 * Returns how much a feed may hold: what the slots start now; and of short tasks what they start before
 * an answer can arrive, or when all become free together, up to what they start in a second. So a
 * worker holds ten tasks of milliseconds ahead, and none that take many seconds: what waits in its
 * buffer could start in another worker.
 * @param roundTripMs how long the broker takes for an answer with messages
 */
export function levelsOf(demand: SlotDemand, roundTripMs: number): FeedLevels {
  const { now, perSecond, usualRunMs } = demand;
  if (!isFetchedAhead(usualRunMs)) return { mark: now, most: now };
  const soon = Math.ceil((perSecond * Math.max(2 * roundTripMs, usualRunMs)) / 1000);
  const ahead = Math.floor(perSecond * AHEAD_SECONDS);
  return { mark: now + soon, most: now + Math.max(ahead, soon) };
}

/** True if tasks that usually run this long are fetched before a slot is free. */
export const isFetchedAhead = (usualRunMs: number): boolean => usualRunMs < NOT_AHEAD_FROM_MS;

/** Most open polls of one queue. @param receive messages that one poll may bring */
export const maxPolls = (receive: number): number => Math.ceil(MOST_ASKED / Math.min(receive, 10));

/** A queue that may have tasks to start. */
export type ActiveQueue = { readonly name: string; readonly weight: number; readonly tier: number };

/**
 * The typical run times of queues, as geometric means: one task of an hour among thousands of
 * milliseconds leaves the queue a fast one, whose slots need the next tasks soon.
 */
export class UsualRunTimes {
  readonly #logarithms = new Map<string, number>();

  ended(queue: string, milliseconds: number): void {
    const latest = Math.log(Math.max(milliseconds, SHORTEST_MS));
    const known = this.#logarithms.get(queue) ?? latest;
    this.#logarithms.set(queue, known + (latest - known) * LATEST_RUN_WEIGHT);
  }

  /** Milliseconds; `undefined` until a task of the queue has ended. */
  of(queue: string): number | undefined {
    const logarithm = this.#logarithms.get(queue);
    return logarithm === undefined ? undefined : Math.exp(logarithm);
  }
}

export type StartRates = {
  /** By queue: tasks that the slots start in a second. Queues without a known run time have none. */
  readonly perSecond: ReadonlyMap<string, number>;
  /** Typical run time of the tasks that start, in milliseconds; infinite while it is unknown. */
  readonly usualRunMs: number;
};

/**
 * Returns what the slots will start in a second while all these queues have tasks. A queue that the
 * strategy serves only when others are empty has no share.
 */
export function startRates(
  queues: readonly ActiveQueue[],
  slots: number,
  strategy: StrategyName,
  runTimes: UsualRunTimes,
): StartRates {
  const served = servedFirst(queues, strategy).flatMap(({ name, weight }) => {
    const runMs = runTimes.of(name);
    // Shares of time become shares of tasks.
    const share = strategy === 'weighted-time' ? weight / (runMs ?? 1) : weight;
    return runMs === undefined ? [] : [{ name, share, runMs }];
  });
  const shares = served.reduce((sum, { share }) => sum + share, 0);
  if (shares === 0) return { perSecond: new Map(), usualRunMs: Number.POSITIVE_INFINITY };
  const usualRunMs = served.reduce((sum, { share, runMs }) => sum + share * runMs, 0) / shares;
  const perSecond = (slots * 1000) / usualRunMs;
  return {
    perSecond: new Map(served.map(({ name, share }) => [name, (perSecond * share) / shares])),
    usualRunMs,
  };
}

/** The queues among which the next task is chosen. */
function servedFirst(queues: readonly ActiveQueue[], strategy: StrategyName): ActiveQueue[] {
  const tier = Math.max(...queues.map((queue) => queue.tier));
  const inTier = queues.filter((queue) => queue.tier === tier);
  if (strategy !== 'strict-priority') return inTier;
  const heaviest = Math.max(...inTier.map((queue) => queue.weight));
  return inTier.filter((queue) => queue.weight === heaviest);
}

/** A long poll that brings less than it asked for after this time has waited on an empty queue. */
const WAITED_MS = 100;
/** The round trip of brokers that have not answered yet. */
const USUAL_ROUND_TRIP_MS = 10;
const LONGEST_ROUND_TRIP_MS = 1000;
/** The weight of the latest answer in the round trip. */
const LATEST_WEIGHT = 0.2;

export type Poll = {
  /** Messages that it asks for. */
  readonly max: number;
  /** 0 for a short poll. */
  readonly waitSeconds: number;
  readonly sentAt: number;
};

/** Learns from the answers to the polls of a queue what the queue has. */
export class PollAnswers {
  readonly #clock: TimerClock;
  #latest: 'unknown' | 'empty' | 'more' = 'unknown';
  #latestAt = Number.NEGATIVE_INFINITY;
  #wasShortPollEmpty = false;
  #roundTripMs = USUAL_ROUND_TRIP_MS;
  #emptied = 0;
  #hasAnswered = false;
  #isOverdue = false;

  constructor(clock: TimerClock) {
    this.#clock = clock;
  }

  /** True when a long poll found nothing, or had to wait for what it found. */
  get isEmpty(): boolean {
    return this.#latest === 'empty';
  }

  /** True while polls bring messages at once. */
  get hasMore(): boolean {
    return this.#latest === 'more';
  }

  /** True if a short poll may bring something. It asks only some servers of SQS. */
  get isShortPollWorthIt(): boolean {
    return this.hasMore && !this.#wasShortPollEmpty;
  }

  /** True if the next answer is worth a wait of slots. */
  get isAwaited(): boolean {
    return this.hasMore && !this.#isOverdue;
  }

  /** False until the first answer, or until the next one after `ask`. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** How often the queue was found empty. */
  get emptied(): number {
    return this.#emptied;
  }

  /** How long the broker takes for an answer that does not wait for messages. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** True if the latest answer is this old. */
  isOlderThan(milliseconds: number): boolean {
    return this.#clock.elapsed() - this.#latestAt >= milliseconds;
  }

  /** Learns from an answer. Only a long poll can tell that there is no more. */
  note(messages: number, { max, waitSeconds, sentAt }: Poll): void {
    const now = this.#clock.elapsed();
    const isShort = waitSeconds === 0;
    const foundAll = messages < max || max === 1;
    const hasWaited = !isShort && foundAll && (messages === 0 || now - sentAt > WAITED_MS);
    this.#hasAnswered = true;
    this.#isOverdue = false;
    this.#latestAt = now;
    this.#wasShortPollEmpty = isShort && messages === 0;
    if (hasWaited) {
      this.#latest = 'empty';
      this.#emptied += 1;
      return;
    }
    if (messages > 0) this.#latest = 'more';
    const tookMs = Math.min(now - sentAt, LONGEST_ROUND_TRIP_MS);
    this.#roundTripMs += (tookMs - this.#roundTripMs) * LATEST_WEIGHT;
  }

  /** Notes that an answer is asked for which slots wait. */
  ask(): void {
    this.#hasAnswered = false;
  }

  /** Notes that slots have waited for nothing: they wait no more before the next answer. */
  giveUp(): void {
    this.#isOverdue = true;
  }

  /** Forgets what the queue had, because it may be closed for long. */
  forget(): void {
    this.#latest = 'unknown';
    this.#hasAnswered = false;
  }
}
