import type { Broker } from '../broker/broker.ts';
import { systemClock, type Timer, type TimerClock } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { type LiveSettings, liveSettings } from '../control/live-settings.ts';
import { guarded } from '../foreign/logging.ts';
import type { StrategyCatalogue } from '../selector/own-strategy.ts';
import { Acknowledger } from './acknowledger.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { QueueFeed } from './queue-feed.ts';
import { returnMessage } from './return-message.ts';
import type { LeasedMessage, RunDeps } from './run.ts';
import { runTask } from './run-task.ts';
import { type QueueStatus, Scheduler } from './scheduler.ts';

export type WorkerDeps = Omit<RunDeps, 'brokers' | 'leaseSeconds' | 'random' | 'clock'> & {
  /** @default the system clock */
  readonly clock?: TimerClock;
  readonly config: Pick<TaskQueueConfig, 'queues' | 'strategy' | 'worker'>;
  /** By queue. A queue without a broker is not served. */
  readonly brokers: ReadonlyMap<string, Broker>;
  /**
   * Polls of each queue in all, empty ones included; then the worker drains. While a queue may not be
   * polled, one poll counts as made every `pollWaitSeconds`. @default no limit
   */
  readonly maxPolls?: number | undefined;
  /** The strategies of the project. @default none */
  readonly strategies?: StrategyCatalogue | undefined;
  /** @default Math.random */
  readonly random?: () => number;
};

/** `paused` means by this process. A queue that the live settings pause does not change the mode. */
export type WorkerMode = 'new' | 'working' | 'paused' | 'draining';

/** One queue of a worker: where its messages come from, and where they are acknowledged. */
type Source = {
  readonly feed: QueueFeed;
  readonly broker: Broker;
  readonly acks: Acknowledger;
};

const BUFFER_CHECK_MS = 250;

/**
 * Runs tasks of all queues in `concurrency` slots, from start to drain. Messages flow from
 * queue-feed.ts through scheduler.ts, run-task.ts and finish-run.ts to return-message.ts.
 */
export class Worker {
  readonly #deps: WorkerDeps;
  readonly #clock: TimerClock;
  readonly #runDeps: RunDeps;
  readonly #leases: LeaseKeeper;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #scheduler: Scheduler;
  /** The renewals of leases that are under way. Never rejects. */
  #renewal: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();
  readonly #drained = Promise.withResolvers<void>();
  #grace: Timer | undefined;
  #mode: WorkerMode = 'new';

  constructor(given: WorkerDeps) {
    const deps = { ...given, logger: guarded(given.logger) };
    const { clock = systemClock, random = Math.random, config } = deps;
    const { concurrency, visibilityTimeoutSeconds: leaseSeconds } = config.worker;
    const settings = liveSettings(config);
    this.#deps = deps;
    this.#clock = clock;
    this.#runDeps = { ...deps, leaseSeconds, random, clock };
    this.#leases = new LeaseKeeper({ ...deps, leaseSeconds, clock });
    this.#sources = this.#openSources(settings);
    this.#scheduler = new Scheduler({
      settings,
      concurrency,
      feeds: new Map([...this.#sources].map(([queue, { feed }]) => [queue, feed])),
      clock,
      logger: deps.logger,
      random,
      strategies: deps.strategies,
      run: (message) => this.#process(message),
      onSpent: () => this.#onSpent(),
    });
  }

  /** Slots in which a task runs. */
  get busySlots(): number {
    return this.#scheduler.busySlots;
  }

  /** How many tasks may run at once now. */
  get slots(): number {
    return this.#scheduler.slots;
  }

  get mode(): WorkerMode {
    return this.#mode;
  }

  status(): QueueStatus[] {
    return this.#scheduler
      .status()
      .map((queue) => ({ ...queue, isPaused: queue.isPaused || this.#mode === 'paused' }));
  }

  /** Uses other settings from now on. Running tasks are left alone. */
  apply(settings: LiveSettings): void {
    this.#scheduler.apply(settings);
  }

  /**
   * Limits how many tasks run at once: 0 to `concurrency`. Running tasks are left alone. At 0 the
   * worker takes no task, as if it were paused.
   */
  limitSlots(slots: number): void {
    this.#scheduler.limitSlots(slots);
  }

  /** Works until `drain`. Resolves when every message in hand is acknowledged or requeued. */
  async run(): Promise<void> {
    const timers = this.#startTimers();
    if (this.#mode === 'new') this.#work();
    await this.#drained.promise;
    const sources = [...this.#sources.values()];
    await Promise.all(sources.map(({ feed }) => feed.drained()));
    await this.#scheduler.drained();
    await Promise.all(sources.map(({ acks }) => acks.flush()));
    for (const timer of timers) timer.cancel();
    this.#grace?.cancel();
  }

  /** Takes no new task and requeues those that wait. Running tasks go on. */
  pause(): void {
    if (this.#mode === 'draining') return;
    this.#mode = 'paused';
    this.#scheduler.close();
  }

  resume(): void {
    if (this.#mode === 'paused') this.#work();
  }

  /**
   * Takes no new task, for good: `run` resolves when the running tasks have ended. After
   * `shutdownGraceSeconds` their signal aborts, and they are requeued.
   */
  drain(): void {
    if (this.#mode === 'draining') return;
    this.#mode = 'draining';
    this.#scheduler.close();
    const graceMs = this.#deps.config.worker.shutdownGraceSeconds * 1000;
    this.#grace = this.#clock.after(graceMs, () => this.#stop.abort());
    this.#drained.resolve();
  }

  /** Drains without grace: the signal of running tasks aborts now, and they are requeued. */
  cancel(): void {
    this.drain();
    this.#stop.abort();
  }

  #work(): void {
    this.#mode = 'working';
    this.#scheduler.open();
  }

  #onSpent(): void {
    if (this.#deps.maxPolls !== undefined) this.drain();
  }

  #openSources({ queues }: LiveSettings): ReadonlyMap<string, Source> {
    const { config, brokers, logger, observer, maxPolls } = this.#deps;
    const { pollWaitSeconds: waitSeconds, visibilityTimeoutSeconds: leaseSeconds } = config.worker;
    const sources = new Map<string, Source>();
    for (const { name, receive } of queues.values()) {
      const broker = brokers.get(name);
      if (!broker) continue;
      const feed = new QueueFeed(
        { name, receive, waitSeconds, leaseSeconds, maxPolls },
        {
          broker,
          clock: this.#clock,
          logger,
          observer,
          renewal: () => this.#renewal,
          onArrival: () => this.#scheduler.arrived(name),
        },
      );
      sources.set(name, { feed, broker, acks: new Acknowledger(broker, logger, this.#clock) });
    }
    return sources;
  }

  #startTimers(): Timer[] {
    const { config, maxPolls } = this.#deps;
    const renew = (): void => {
      const renewals = [this.#renewal, this.#renewLeases()];
      this.#renewal = Promise.all(renewals).then(() => undefined);
    };
    const timers = [
      this.#clock.every(this.#leases.intervalMs, renew),
      this.#clock.every(BUFFER_CHECK_MS, () => this.#requeueOld()),
    ];
    if (maxPolls !== undefined) {
      const pollMs = config.worker.pollWaitSeconds * 1000;
      timers.push(this.#clock.every(pollMs, () => this.#scheduler.skipPolls()));
    }
    return timers;
  }

  async #process(message: LeasedMessage): Promise<void> {
    const source = this.#sources.get(message.queue);
    if (!source) return;
    const result = await runTask(message, this.#runDeps, this.#stop.signal);
    await returnMessage(message, result, {
      ...source,
      renewal: () => this.#renewal,
      now: () => this.#clock.now(),
      logger: this.#deps.logger,
    });
  }

  #requeueOld(): void {
    // Messages that would be too old at the next look go back now.
    const maxMs = this.#deps.config.worker.bufferSeconds * 1000 - BUFFER_CHECK_MS;
    for (const { feed } of this.#sources.values()) feed.requeueOlderThan(maxMs);
  }

  async #renewLeases(): Promise<void> {
    const feeds = [...this.#sources.values()].map(({ feed }) => feed);
    const waiting = feeds.flatMap(({ buffered }) => buffered);
    const running = this.#scheduler.running.filter(({ isRequeued }) => !isRequeued);
    const lost = await this.#leases.renew([...waiting, ...running]);
    for (const feed of feeds) feed.forget(lost);
  }
}
