import { type Clock, systemClock } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { type Lane, lanesOf, mayStart } from '../config/lanes.ts';
import { type LiveSettings, liveSettings } from '../control/live-settings.ts';
import type { SelectableQueue, Selector } from '../selector/selector-strategy.ts';
import { createSelector } from '../selector/strategies.ts';
import type { HeldTask } from './held-task.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import type { RunDeps } from './run.ts';
import { settleMessage } from './settle-message.ts';
import { type Source, sourcesOf } from './source.ts';
import { TaskRunner } from './task-runner.ts';

export type WorkerDeps = Omit<RunDeps, 'leaseSeconds' | 'random'> & {
  readonly config: Pick<TaskQueueConfig, 'queues' | 'strategy' | 'worker'>;
  /** Polls of each queue in all, empty ones too; then the worker drains. @default no limit */
  readonly maxPolls?: number | undefined;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
};

/** `paused` by its own process; queues paused by the settings do not show here. */
export type WorkerMode = 'new' | 'working' | 'paused' | 'draining';

export type QueueStatus = {
  readonly queue: string;
  /** Tasks received and not begun. */
  readonly buffered: number;
  readonly running: number;
  readonly isPaused: boolean;
};

/**
 * Runs tasks of all queues in `concurrency` slots. It never picks a queue to wait on: every queue
 * has a feed of its own, and the selector chooses among what is ready whenever a slot is free.
 */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #clock: Clock;
  readonly #runner: TaskRunner;
  readonly #keeper: LeaseKeeper;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #running = new Map<HeldTask, Promise<void>>();
  /** By queue: how many of its tasks run. */
  readonly #runs = new Map<string, number>();
  #slots: number;
  #settings: LiveSettings;
  #selector: Selector;
  #lanes: ReadonlyMap<string, Lane>;
  /** The latest renewal of leases. Never rejects. */
  #keeping: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();
  readonly #drained = Promise.withResolvers<void>();
  #grace: NodeJS.Timeout | undefined;
  #mode: WorkerMode = 'new';

  constructor(deps: WorkerDeps) {
    const { clock = systemClock, random = Math.random, config } = deps;
    const leaseSeconds = config.worker.visibilityTimeoutSeconds;
    this.#deps = deps;
    this.#clock = clock;
    this.#slots = config.worker.concurrency;
    this.#runner = new TaskRunner({ ...deps, leaseSeconds, random });
    this.#keeper = new LeaseKeeper({ ...deps, leaseSeconds, clock });
    this.#settings = liveSettings(config);
    this.#selector = createSelector(config.strategy, random);
    this.#lanes = this.#lanesNow();
    this.#sources = sourcesOf(this.#settings, { ...deps, clock }, () => this.#turn());
  }

  /** Slots in which a task runs. */
  get busySlots(): number {
    return this.#running.size;
  }

  /** Tasks that it runs at once at most, now. */
  get slots(): number {
    return this.#slots;
  }

  get mode(): WorkerMode {
    return this.#mode;
  }

  /** What each queue has here now. */
  status(): QueueStatus[] {
    return [...this.#sources].map(([queue, { feed }]) => ({
      queue,
      buffered: feed.buffered.length,
      running: this.#runs.get(queue) ?? 0,
      isPaused: this.#mode === 'paused' || this.#settings.queues.get(queue)?.paused === true,
    }));
  }

  /** Goes by other settings from now on. Running tasks are left alone. */
  apply(settings: LiveSettings): void {
    const { random = Math.random } = this.#deps;
    const { strategy } = this.#settings;
    this.#settings = settings;
    if (settings.strategy !== strategy) this.#selector = createSelector(settings.strategy, random);
    this.#lanes = this.#lanesNow();
    for (const [name, { feed }] of this.#sources) {
      const queue = settings.queues.get(name);
      if (queue) feed.options.receive = queue.receive;
      if (!queue || queue.paused) feed.close();
    }
    this.#turn();
  }

  /**
   * Runs no more tasks at once than this, 0 to `concurrency`; the ones that run are left alone. At 0
   * it takes none, as if it were paused.
   */
  limitSlots(slots: number): void {
    this.#slots = slots;
    if (slots === 0) this.#handBack();
    this.#turn();
  }

  /** Resolves after `drain()`, when every task in hand is settled. */
  async run(): Promise<void> {
    const keeping = setInterval(() => {
      this.#keeping = this.#keep();
    }, this.#keeper.intervalMs);
    if (this.#mode === 'new') this.#work();
    await this.#drained.promise;
    await Promise.all([...this.#sources.values()].map(({ feed }) => feed.settled()));
    await Promise.all(this.#running.values());
    await Promise.all([...this.#sources.values()].map(({ acks }) => acks.flush()));
    clearInterval(keeping);
    clearTimeout(this.#grace);
  }

  /** Takes no new task and hands back those that wait; the ones that run go on. */
  pause(): void {
    if (this.#mode === 'draining') return;
    this.#mode = 'paused';
    this.#handBack();
  }

  resume(): void {
    if (this.#mode === 'paused') this.#work();
  }

  /**
   * Like `pause`, for good: `run` resolves when the running tasks have ended. They have
   * `shutdownGraceSeconds` for it, then they are cancelled.
   */
  drain(): void {
    if (this.#mode === 'draining') return;
    this.pause();
    this.#mode = 'draining';
    const graceMs = this.#deps.config.worker.shutdownGraceSeconds * 1000;
    this.#grace = setTimeout(() => this.#stop.abort(), graceMs);
    this.#drained.resolve();
  }

  /** Tells running tasks to stop now; those that do not finish are handed back. Drains as well. */
  cancel(): void {
    this.drain();
    this.#stop.abort();
  }

  #handBack(): void {
    for (const { feed } of this.#sources.values()) feed.close();
  }

  #work(): void {
    this.#mode = 'working';
    this.#turn();
  }

  #lanesNow(): ReadonlyMap<string, Lane> {
    const { queues, lanes } = this.#settings;
    return lanesOf([...queues.values()], this.#deps.config.worker.concurrency, lanes);
  }

  /** The scheduler: called whenever a task arrived or a slot became free. */
  #turn(): void {
    if (this.#mode !== 'working' || this.#slots === 0) return;
    while (this.#running.size < this.#slots && this.#startNext());
    if (this.#isDone()) this.drain();
    else this.#fill();
  }

  #fill(): void {
    const open = [...this.#settings.queues.values()].filter(({ paused }) => !paused);
    const activeWeight = open
      .filter(({ name }) => this.#sources.get(name)?.feed.isIdle === false)
      .reduce((sum, { weight }) => sum + weight, 0);
    for (const { name, weight } of open) {
      const share = Math.min(weight / activeWeight, 1);
      this.#sources.get(name)?.feed.fill(Math.ceil(this.#slots * share));
    }
  }

  /** It made all the polls it may, and has run what they brought. */
  #isDone(): boolean {
    if (this.#deps.maxPolls === undefined || this.#running.size > 0) return false;
    return [...this.#sources.values()].every(({ feed }) => feed.isSpent);
  }

  #startNext(): boolean {
    const source = this.#sources.get(this.#selector.select(this.#selectable()) ?? '');
    const held = source?.feed.take();
    if (!source || !held) return false;
    const startedAt = this.#clock.now();
    this.#count(held.queue, 1);
    const run = this.#process(held, source).finally(() => {
      this.#running.delete(held);
      this.#count(held.queue, -1);
      const runSeconds = Math.max(this.#clock.now() - startedAt, 0) / 1000;
      this.#selector.ended({ queue: held.queue, runSeconds });
      this.#turn();
    });
    this.#running.set(held, run);
    return true;
  }

  #selectable(): SelectableQueue[] {
    const { concurrency } = this.#deps.config.worker;
    return [...this.#settings.queues.values()].flatMap(({ name, weight, tier, paused }) => {
      const feed = this.#sources.get(name)?.feed;
      if (!feed || paused) return [];
      const ready = feed.isReady && mayStart(name, this.#lanes, this.#runs, concurrency);
      return [{ name, weight, tier, ready, idle: feed.isIdle }];
    });
  }

  #count(queue: string, change: 1 | -1): void {
    this.#runs.set(queue, (this.#runs.get(queue) ?? 0) + change);
  }

  async #process(held: HeldTask, source: Source): Promise<void> {
    const settlement = await this.#runner.run(held, this.#stop.signal);
    await settleMessage(held, settlement, {
      ...source,
      renewal: () => this.#keeping,
      now: () => this.#clock.now(),
      logger: this.#deps.logger,
    });
  }

  async #keep(): Promise<void> {
    const feeds = [...this.#sources.values()].map(({ feed }) => feed);
    for (const feed of feeds) {
      feed.handBackOlderThan(this.#deps.config.worker.bufferSeconds * 1000);
    }
    const waiting = feeds.flatMap((feed) => feed.buffered);
    const running = [...this.#running.keys()].filter(({ isReleased }) => !isReleased);
    const lost = await this.#keeper.renew([...waiting, ...running]);
    for (const feed of feeds) feed.forget(lost);
  }
}
