import type { Broker } from '../broker/broker.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { TaskQueueConfig } from '../config/config.ts';
import { type Lane, lanesOf, mayStart } from '../config/lanes.ts';
import type { Selector } from '../selector/selector-strategy.ts';
import { createSelector } from '../selector/strategies.ts';
import { Acknowledger } from './acknowledger.ts';
import type { HeldTask } from './held-task.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { QueueFeed } from './queue-feed.ts';
import { release } from './release.ts';
import type { RunDeps } from './run.ts';
import { TaskRunner } from './task-runner.ts';

export type WorkerDeps = Omit<RunDeps, 'leaseSeconds' | 'random'> & {
  readonly config: Pick<TaskQueueConfig, 'queues' | 'strategy' | 'worker'>;
  /** @default the system's clock */
  readonly clock?: Clock;
  /** @default Math.random */
  readonly random?: () => number;
};

/** One queue of this worker. */
type Source = {
  readonly tier: number;
  readonly feed: QueueFeed;
  readonly broker: Broker;
  readonly acks: Acknowledger;
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
  readonly #selector: Selector;
  readonly #lanes: ReadonlyMap<string, Lane>;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #running = new Map<HeldTask, Promise<void>>();
  readonly #stop = new AbortController();
  readonly #drained = Promise.withResolvers<void>();
  #grace: NodeJS.Timeout | undefined;
  #mode: 'new' | 'working' | 'paused' | 'draining' = 'new';

  constructor(deps: WorkerDeps) {
    const { clock = systemClock, random = Math.random, config } = deps;
    const leaseSeconds = config.worker.visibilityTimeoutSeconds;
    this.#deps = deps;
    this.#clock = clock;
    this.#runner = new TaskRunner({ ...deps, leaseSeconds, random });
    this.#keeper = new LeaseKeeper({ ...deps, leaseSeconds, clock });
    this.#selector = createSelector(config.strategy, random);
    const served = config.queues.filter(({ broker }) => broker.type !== 'memory');
    this.#lanes = lanesOf(served, config.worker.concurrency, config.worker.lanes);
    this.#sources = new Map(config.queues.flatMap((queue) => this.#sourceOf(queue, clock)));
  }

  /** Slots in which a task runs. */
  get busySlots(): number {
    return this.#running.size;
  }

  /** Resolves after `drain()`, when every task in hand is settled. */
  async run(): Promise<void> {
    const keeping = setInterval(() => void this.#keep(), this.#keeper.intervalMs);
    if (this.#mode === 'new') this.resume();
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
    for (const { feed } of this.#sources.values()) feed.close();
  }

  resume(): void {
    if (this.#mode === 'draining') return;
    this.#mode = 'working';
    this.#turn();
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

  #sourceOf(queue: TaskQueueConfig['queues'][number], clock: Clock): [string, Source][] {
    const { brokers, logger, config } = this.#deps;
    const { pollWaitSeconds, visibilityTimeoutSeconds } = config.worker;
    const broker = brokers.get(queue.name);
    if (!broker || queue.broker.type === 'memory') return [];
    const options = {
      name: queue.name,
      weight: queue.weight,
      receive: queue.broker.receive,
      waitSeconds: pollWaitSeconds,
      leaseSeconds: visibilityTimeoutSeconds,
    };
    const feed = new QueueFeed(options, broker, { clock, logger }, () => this.#turn());
    const acks = new Acknowledger(broker, logger);
    return [[queue.name, { tier: queue.tier, feed, broker, acks }]];
  }

  /** The scheduler: called whenever a task arrived or a slot became free. */
  #turn(): void {
    if (this.#mode !== 'working') return;
    while (this.#running.size < this.#deps.config.worker.concurrency && this.#startNext());
    const active = [...this.#sources.values()].filter(({ feed }) => !feed.isIdle);
    const activeWeight = active.reduce((sum, { feed }) => sum + feed.options.weight, 0);
    for (const { feed } of this.#sources.values()) {
      const share = Math.min(feed.options.weight / activeWeight, 1);
      feed.fill(Math.ceil(this.#deps.config.worker.concurrency * share));
    }
  }

  #startNext(): boolean {
    const runs = countBy([...this.#running.keys()].map(({ queue }) => queue));
    const { concurrency } = this.#deps.config.worker;
    const queues = [...this.#sources.values()].map(({ tier, feed }) => ({
      tier,
      name: feed.options.name,
      weight: feed.options.weight,
      ready: feed.isReady && mayStart(feed.options.name, this.#lanes, runs, concurrency),
      idle: feed.isIdle,
    }));
    const source = this.#sources.get(this.#selector.select(queues) ?? '');
    const held = source?.feed.take();
    if (!source || !held) return false;
    const startedAt = this.#clock.now();
    const run = this.#process(held, source).finally(() => {
      this.#running.delete(held);
      const runSeconds = (this.#clock.now() - startedAt) / 1000;
      this.#selector.ended({ queue: held.queue, runSeconds });
      this.#turn();
    });
    this.#running.set(held, run);
    return true;
  }

  async #process(held: HeldTask, { acks, broker }: Source): Promise<void> {
    const settlement = await this.#runner.run(held, this.#stop.signal);
    if (settlement.action === 'ack') acks.add(held.delivery);
    if (settlement.action !== 'release') return;
    try {
      const heldSeconds = (this.#clock.now() - held.receivedAt) / 1000;
      const isCopied = await release(held.delivery, settlement.delaySeconds, heldSeconds, broker);
      if (isCopied) acks.add(held.delivery);
    } catch (error) {
      this.#deps.logger.warn('task could not be released; its lease will run out', { error });
    }
  }

  async #keep(): Promise<void> {
    const feeds = [...this.#sources.values()].map(({ feed }) => feed);
    for (const feed of feeds) {
      feed.handBackOlderThan(this.#deps.config.worker.bufferSeconds * 1000);
    }
    const waiting = feeds.flatMap((feed) => feed.buffered);
    const lost = await this.#keeper.renew([...waiting, ...this.#running.keys()]);
    for (const feed of feeds) feed.forget(lost);
  }
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
