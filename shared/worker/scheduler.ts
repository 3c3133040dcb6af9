import type { LiveSettings } from '../control/live-settings.ts';
import type { QueueFeed } from './queue-feed.ts';
import type { LeasedMessage } from './run.ts';
import { SlotFiller, type SlotFillerDeps } from './slot-filler.ts';

export type SchedulerDeps = Omit<SlotFillerDeps, 'onTimeout'> & {
  /** Runs the task of a message: worker.ts calls run-task.ts here. Never rejects. */
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

/** Starts tasks in free slots: on each turn slot-filler.ts decides of which queue, and what to poll for. */
export class Scheduler {
  readonly #deps: SchedulerDeps;
  readonly #filler: SlotFiller;
  readonly #running = new Set<LeasedMessage>();
  readonly #runs = new Set<Promise<void>>();
  #isOpen = false;
  #settings: LiveSettings;

  constructor(deps: SchedulerDeps) {
    this.#deps = deps;
    this.#settings = deps.settings;
    this.#filler = new SlotFiller({ ...deps, onTimeout: () => this.turn() });
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
    return this.#filler.slots.limit;
  }

  status(): QueueStatus[] {
    return [...this.#deps.feeds].map(([queue, { buffered }]) => ({
      queue,
      buffered: buffered.length,
      running: this.#filler.slots.running(queue),
      isPaused: this.#settings.queues.get(queue)?.paused === true,
    }));
  }

  /** Uses other settings from now on. Running tasks are left alone. */
  apply(settings: LiveSettings): void {
    this.#settings = settings;
    this.#filler.apply(settings);
    for (const [name, feed] of this.#deps.feeds) {
      const queue = settings.queues.get(name);
      if (queue) feed.options.receive = queue.receive;
      if (!queue || queue.paused) this.#closeFeed(name, feed);
    }
    this.turn();
  }

  /** Limits how many tasks run at once. Running tasks are left alone. At 0 all feeds are closed. */
  limitSlots(slots: number): void {
    this.#filler.slots.limit = slots;
    if (slots === 0) this.#closeFeeds();
    this.turn();
  }

  /** Starts tasks from now on. All queues are asked before, so that important tasks start first. */
  open(): void {
    this.#isOpen = true;
    this.#filler.awaitAll();
    this.turn();
  }

  /** Starts no task from now on, and requeues those that wait. Running tasks go on. */
  close(): void {
    this.#isOpen = false;
    this.#filler.awaitNone();
    this.#closeFeeds();
    this.turn();
  }

  /** Call it whenever a poll of a queue was answered. */
  arrived(queue: string): void {
    this.#filler.arrived(queue);
    this.turn();
  }

  /** Starts tasks in free slots, and polls for more. Runs whenever something has changed. */
  turn(): void {
    const mayWork = this.#isOpen && this.slots > 0;
    if (mayWork) this.#startTasks();
    if (this.#isSpent()) this.#deps.onSpent();
    else if (mayWork) this.#filler.fillFeeds();
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

  #closeFeeds(): void {
    for (const [name, feed] of this.#deps.feeds) this.#closeFeed(name, feed);
  }

  #closeFeed(name: string, feed: QueueFeed): void {
    feed.close();
    this.#filler.withdraw(name);
  }

  #isSpent(): boolean {
    return this.busySlots === 0 && [...this.#deps.feeds.values()].every(({ isSpent }) => isSpent);
  }

  #startTasks(): void {
    for (let message = this.#filler.next(); message; message = this.#filler.next()) {
      const run = this.#run(message).finally(() => this.#runs.delete(run));
      this.#runs.add(run);
    }
  }

  async #run(message: LeasedMessage): Promise<void> {
    const { clock, run } = this.#deps;
    const startedAt = clock.elapsed();
    this.#running.add(message);
    await run(message);
    this.#running.delete(message);
    this.#filler.ended(message.queue, clock.elapsed() - startedAt);
    this.turn();
  }
}
