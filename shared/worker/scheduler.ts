import type { Clock } from '../clock.ts';
import type { StrategyName } from '../config/config.ts';
import { type Lane, lanesOf, mayStart } from '../config/lanes.ts';
import type { LiveSettings } from '../control/live-settings.ts';
import type { SelectableQueue, Selector } from '../selector/selector-strategy.ts';
import { createSelector } from '../selector/strategies.ts';
import type { QueueFeed } from './queue-feed.ts';
import type { LeasedMessage } from './run.ts';

export type SchedulerDeps = {
  readonly settings: LiveSettings;
  /** Slots of the worker, 1 to 1,000. */
  readonly concurrency: number;
  /** By queue. */
  readonly feeds: ReadonlyMap<string, QueueFeed>;
  readonly clock: Clock;
  /** Returns a number from 0 up to but not including 1. */
  readonly random: () => number;
  /** Runs the task of a message. Never rejects. */
  readonly run: (message: LeasedMessage) => Promise<void>;
  /** Called on each turn after all feeds have made their polls and their tasks have ended. */
  readonly onSpent: () => void;
};

/** Current numbers of one queue in a worker. */
export type QueueStatus = {
  readonly queue: string;
  /** Tasks that were received and have not started. */
  readonly buffered: number;
  readonly running: number;
  readonly isPaused: boolean;
};

/**
 * Decides which queue the next free slot serves, and starts its task there. It never picks a queue
 * to wait for: every queue has a feed, and the selector chooses among the feeds that are ready.
 */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #running = new Set<LeasedMessage>();
  readonly #runs = new Set<Promise<void>>();
  /** By queue: how many of its tasks run. */
  readonly #counts = new Map<string, number>();
  #isOpen = false;
  #slots: number;
  #settings: LiveSettings;
  #selector: Selector;
  #lanes: ReadonlyMap<string, Lane>;

  constructor(deps: SchedulerDeps) {
    const { settings, concurrency } = deps;
    this.#deps = deps;
    this.#slots = concurrency;
    this.#settings = settings;
    this.#selector = this.#selectorOf(settings.strategy);
    this.#lanes = lanesOf([...settings.queues.values()], concurrency, settings.lanes);
  }

  /** Messages whose tasks run. */
  get running(): readonly LeasedMessage[] {
    return [...this.#running];
  }

  /** Slots in which a task runs. */
  get busySlots(): number {
    return this.#running.size;
  }

  /** How many tasks may run at once now. */
  get slots(): number {
    return this.#slots;
  }

  status(): QueueStatus[] {
    return [...this.#deps.feeds].map(([queue, { buffered }]) => ({
      queue,
      buffered: buffered.length,
      running: this.#counts.get(queue) ?? 0,
      isPaused: this.#settings.queues.get(queue)?.paused === true,
    }));
  }

  /** Uses other settings from now on. Running tasks are left alone. */
  apply(settings: LiveSettings): void {
    const { strategy } = this.#settings;
    this.#settings = settings;
    if (settings.strategy !== strategy) this.#selector = this.#selectorOf(settings.strategy);
    this.#lanes = lanesOf([...settings.queues.values()], this.#deps.concurrency, settings.lanes);
    for (const [name, feed] of this.#deps.feeds) {
      const queue = settings.queues.get(name);
      if (queue) feed.options.receive = queue.receive;
      if (!queue || queue.paused) feed.close();
    }
    this.turn();
  }

  /** Limits how many tasks run at once. Running tasks are left alone. At 0 all feeds are closed. */
  limitSlots(slots: number): void {
    this.#slots = slots;
    if (slots === 0) this.#closeFeeds();
    this.turn();
  }

  /** Starts tasks from now on. */
  open(): void {
    this.#isOpen = true;
    this.turn();
  }

  /** Starts no task from now on, and requeues those that wait. Running tasks go on. */
  close(): void {
    this.#isOpen = false;
    this.#closeFeeds();
    this.turn();
  }

  /** Call it whenever messages arrived. Also runs whenever a slot became free. */
  turn(): void {
    const mayWork = this.#isOpen && this.#slots > 0;
    if (mayWork) while (this.busySlots < this.#slots && this.#startNext());
    if (this.#isSpent()) this.#deps.onSpent();
    else if (mayWork) this.#fill();
  }

  /** Counts one poll of each closed feed as made. */
  skipPolls(): void {
    for (const feed of this.#deps.feeds.values()) feed.skipPoll();
    this.turn();
  }

  /** Resolves when no task runs. Call it after `close`. */
  async drained(): Promise<void> {
    await Promise.all(this.#runs);
  }

  #selectorOf(strategy: StrategyName): Selector {
    return createSelector(strategy, this.#deps.random);
  }

  #closeFeeds(): void {
    for (const feed of this.#deps.feeds.values()) feed.close();
  }

  #isSpent(): boolean {
    return this.busySlots === 0 && [...this.#deps.feeds.values()].every(({ isSpent }) => isSpent);
  }

  /** Lets each feed poll for its queue's share, by weight, among the queues that have tasks. */
  #fill(): void {
    const { feeds } = this.#deps;
    const open = [...this.#settings.queues.values()].filter(({ paused }) => !paused);
    const activeWeight = open
      .filter(({ name }) => feeds.get(name)?.isIdle === false)
      .reduce((sum, { weight }) => sum + weight, 0);
    for (const { name, weight } of open) {
      const share = Math.min(weight / activeWeight, 1);
      feeds.get(name)?.fill(Math.ceil(this.#slots * share));
    }
  }

  /** Returns false when no task can start. */
  #startNext(): boolean {
    const queue = this.#selector.select(this.#selectable()) ?? '';
    const message = this.#deps.feeds.get(queue)?.take();
    if (!message) return false;
    const run = this.#run(message).finally(() => this.#runs.delete(run));
    this.#runs.add(run);
    return true;
  }

  #selectable(): SelectableQueue[] {
    const { feeds, concurrency } = this.#deps;
    return [...this.#settings.queues.values()].flatMap(({ name, weight, tier, paused }) => {
      const feed = feeds.get(name);
      if (!feed || paused) return [];
      const ready = feed.isReady && mayStart(name, this.#lanes, this.#counts, concurrency);
      return [{ name, weight, tier, ready, idle: feed.isIdle }];
    });
  }

  async #run(message: LeasedMessage): Promise<void> {
    const { clock, run } = this.#deps;
    const { queue } = message;
    const startedAt = clock.now();
    this.#running.add(message);
    this.#count(queue, 1);
    await run(message);
    this.#running.delete(message);
    this.#count(queue, -1);
    const runSeconds = Math.max(clock.now() - startedAt, 0) / 1000;
    this.#selector.ended({ queue, runSeconds });
    this.turn();
  }

  #count(queue: string, change: 1 | -1): void {
    this.#counts.set(queue, (this.#counts.get(queue) ?? 0) + change);
  }
}
