import type { TimerClock } from '../clock.ts';
import type { StrategyName } from '../config/config.ts';
import { heaviestOf } from '../config/lanes.ts';
import type { LiveSettings } from '../control/live-settings.ts';
import type { Logger } from '../logger.ts';
import type { StrategyCatalogue } from '../selector/own-strategy.ts';
import type { SelectableQueue, Selector } from '../selector/selector-strategy.ts';
import { createSelector } from '../selector/strategies.ts';
import { isFetchedAhead, startRates, UsualRunTimes } from './polling.ts';
import type { QueueFeed } from './queue-feed.ts';
import type { LeasedMessage } from './run.ts';
import { AnswerHold, SlotTable } from './slots.ts';

/** Slots wait for answers only if tasks usually run this long. Shorter ones are fetched ahead. */
const LONG_FROM_MS = 200;

/** A queue that is served here and not paused. */
type OpenQueue = {
  readonly name: string;
  readonly weight: number;
  readonly tier: number;
  readonly feed: QueueFeed;
  readonly isHeaviest: boolean;
  ready: boolean;
  idle: boolean;
  emptied: number;
};

/** While the slots are full of long tasks, an empty queue is looked at this often at most. */
const LOOK_AGAIN_MS = 1000;

export type SlotFillerDeps = {
  readonly settings: LiveSettings;
  /** Slots of the worker, 1 to 1,000. */
  readonly concurrency: number;
  /** By queue. */
  readonly feeds: ReadonlyMap<string, QueueFeed>;
  readonly clock: TimerClock;
  readonly logger: Logger;
  /** Returns a number from 0 up to but not including 1. */
  readonly random: () => number;
  /** The strategies of the project. @default none */
  readonly strategies?: StrategyCatalogue | undefined;
  /** Called when answers have not come in time, so that free slots may go to others. */
  readonly onTimeout: () => void;
};

/**
 * Decides which queue the next free slot serves, and what each feed polls for.
 *
 * Short tasks are fetched ahead, and the selector chooses among the feeds that have some. Long tasks are
 * not, because another worker may have a free slot for them: the selector may choose a queue whose
 * next task is still with the broker. Its feed polls then, and the slot waits for the answer.
 */
export class SlotFiller {
  readonly slots: SlotTable;
  readonly #deps: SlotFillerDeps;
  readonly #hold: AnswerHold;
  readonly #runTimes = new UsualRunTimes();
  #settings: LiveSettings;
  #selector: Selector;
  #areTasksLong = true;
  /** In the order of the configuration. */
  #open: readonly OpenQueue[];

  constructor(deps: SlotFillerDeps) {
    const { settings, concurrency, feeds, clock } = deps;
    this.#deps = deps;
    this.#settings = settings;
    this.#selector = this.#selectorOf(settings.strategy);
    this.#hold = new AnswerHold(clock, (overdue) => this.#giveUp(overdue));
    this.slots = new SlotTable(concurrency, new Set(feeds.keys()), settings);
    this.#open = this.#openQueues();
  }

  apply(settings: LiveSettings): void {
    const { strategy } = this.#settings;
    this.#settings = settings;
    if (settings.strategy !== strategy) this.#selector = this.#selectorOf(settings.strategy);
    this.slots.apply(settings);
    this.#open = this.#openQueues();
  }

  /** Uses no free slot before every queue has answered, or had the time to. */
  awaitAll(): void {
    this.#hold.forAll();
  }

  awaitNone(): void {
    this.#hold.endForAll();
  }

  /** Notes that a poll of a queue was answered. */
  arrived(queue: string): void {
    const feed = this.#deps.feeds.get(queue);
    this.#hold.answered(queue);
    if (feed && !feed.isReady && !feed.isPolling) this.withdraw(queue);
  }

  /** Takes back the slots that wait for tasks of a queue. */
  withdraw(name: string): void {
    const tier = this.#settings.queues.get(name)?.tier ?? 0;
    for (let granted = this.slots.granted(name); granted > 0; granted--) {
      this.#selector.withdrawn({ name, tier });
    }
    this.slots.withdraw(name);
    this.#hold.endFor(name);
  }

  /** Notes that a task has ended, and its slot is free. */
  ended(queue: string, runMs: number): void {
    this.slots.leave(queue);
    this.#runTimes.ended(queue, runMs);
    this.#selector.ended({ queue, runSeconds: runMs / 1000 });
  }

  /** Takes a slot for the next task, and returns its message; `undefined` when none can start now. */
  next(): LeasedMessage | undefined {
    this.#lookAround();
    if (this.#hold.isForAll && this.#areAnswersMissing()) return this.#important();
    this.#hold.endForAll();
    return this.#granted() ?? this.#selected();
  }

  /** Lets each feed poll for what the slots start now and soon. */
  fillFeeds(): void {
    const active = this.#open.filter(({ feed }) => !feed.isIdle);
    const { strategy } = this.#settings;
    const { perSecond, usualRunMs } = startRates(
      active,
      this.slots.limit,
      strategy,
      this.#runTimes,
    );
    this.#areTasksLong = usualRunMs >= LONG_FROM_MS;
    for (const { name, feed } of this.#open) {
      // Slots of short tasks are seldom free at this moment.
      const free = Math.max(this.slots.free(name), this.#areTasksLong ? 0 : 1);
      const now = this.slots.granted(name) + (this.#mayAwait(feed) ? 0 : free);
      if (Number.isFinite(usualRunMs) && !isFetchedAhead(usualRunMs)) feed.keep(now);
      feed.fill({ now, perSecond: perSecond.get(name) ?? 0, usualRunMs });
    }
  }

  #selectorOf(strategy: StrategyName): Selector {
    const { clock, random, logger, strategies } = this.#deps;
    const deps = { now: () => clock.elapsed(), random, logger };
    return createSelector(strategy, deps, strategies);
  }

  #openQueues(): OpenQueue[] {
    const queues = [...this.#settings.queues.values()];
    const heaviest = new Set(heaviestOf(queues.filter(({ paused }) => !paused)));
    return queues.flatMap(({ name, weight, tier, paused }) => {
      const feed = this.#deps.feeds.get(name);
      const state = { ready: false, idle: false, emptied: 0 };
      const isHeaviest = heaviest.has(name);
      return feed && !paused ? [{ name, weight, tier, feed, isHeaviest, ...state }] : [];
    });
  }

  /**
   * Nobody watches an empty queue while the slots are full. When a slot of long tasks is free at last,
   * such a queue may have important ones, so the slot waits for a look at it. The heaviest queues are
   * looked at whenever a slot is free. So is a queue whose tasks were here, and went back meanwhile.
   */
  #lookAround(): void {
    for (const { name, feed, isHeaviest } of this.#open) {
      const isEmpty = this.#areTasksLong && feed.isUnwatchedFor(isHeaviest ? 1 : LOOK_AGAIN_MS);
      const free = isEmpty || feed.hasReturned ? this.slots.free(name) : 0;
      if (free === 0) continue;
      feed.look(free);
      this.#hold.forAll();
    }
  }

  #areAnswersMissing(): boolean {
    return this.#open.some(({ feed }) => !feed.answers.hasAnswered);
  }

  #giveUp(overdue: readonly string[]): void {
    for (const name of overdue) {
      this.#deps.feeds.get(name)?.answers.giveUp();
      this.withdraw(name);
    }
    this.#deps.onTimeout();
  }

  /** With lanes the heaviest queue waits for no answer of another one while it runs no task. */
  #important(): LeasedMessage | undefined {
    if (!this.#settings.lanes || this.slots.isFull) return undefined;
    this.#selectable();
    for (const queue of this.#open) {
      const { name, feed, isHeaviest } = queue;
      const goesAtOnce = isHeaviest && feed.isReady && this.slots.running(name) === 0;
      queue.ready = queue.ready && goesAtOnce;
    }
    const name = this.#selector.select(this.#open);
    if (name === undefined) return undefined;
    this.slots.take(name);
    return this.#deps.feeds.get(name)?.take();
  }

  /** The next task of a queue that a slot waits for. */
  #granted(): LeasedMessage | undefined {
    for (const [name, feed] of this.#deps.feeds) {
      if (this.slots.granted(name) === 0 || !feed.isReady) continue;
      this.slots.redeem(name);
      if (this.slots.granted(name) === 0) this.#hold.endFor(name);
      return feed.take();
    }
    return undefined;
  }

  /** The next task that the selector chooses. Grants slots to chosen queues whose tasks are not here. */
  #selected(): LeasedMessage | undefined {
    while (!this.slots.isFull) {
      const name = this.#selector.select(this.#selectable());
      const feed = name === undefined ? undefined : this.#deps.feeds.get(name);
      if (name === undefined || !feed) return undefined;
      if (feed.isReady) {
        this.slots.take(name);
        return feed.take();
      }
      this.slots.grant(name);
      this.#hold.for(name);
    }
    return undefined;
  }

  /** Brings the queues up to date. They are the same objects each time: this runs for every task. */
  #selectable(): readonly SelectableQueue[] {
    for (const queue of this.#open) {
      const { feed } = queue;
      const hasSlot = this.slots.free(queue.name) > 0;
      queue.ready = hasSlot && (feed.isReady || this.#mayAwait(feed));
      queue.idle = feed.isIdle || !hasSlot;
      queue.emptied = feed.answers.emptied;
    }
    return this.#open;
  }

  /** True if a slot may wait for the next answer of the queue. Never while tasks are short. */
  #mayAwait(feed: QueueFeed): boolean {
    return feed.isAwaited && (this.#areTasksLong || this.#settings.strategy === 'strict-priority');
  }
}
