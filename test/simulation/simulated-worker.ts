import { QueueInterval } from '../../shared/worker/queue-stats.ts';

export type WorkerOptions = {
  readonly slots: number;
  readonly readyAt: number;
  /** Time to finish after SIGTERM, in seconds. */
  readonly graceSeconds: number;
  /** Counts deployments. */
  readonly version: number;
};

/** Idle for so long, it gives up its protection: IDLE_MS. */
const IDLE_SECONDS = 10;

/** One worker of the fleet, second by second. */
export class SimulatedWorker {
  readonly #options: WorkerOptions;
  /** When each running task will have ended, in seconds. */
  #ends: number[] = [];
  #stopAt: number | undefined;
  #busyAt = Number.NEGATIVE_INFINITY;
  /** It takes no new tasks, because its service has too many workers. */
  isRetiring = false;
  interval = new QueueInterval();

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  get version(): number {
    return this.#options.version;
  }

  /** Tasks that it runs at once at most, now. */
  get slots(): number {
    return this.isRetiring ? 0 : this.#options.slots;
  }

  get busySlots(): number {
    return this.#ends.length;
  }

  isReady(now: number): boolean {
    return now >= this.#options.readyAt;
  }

  get isStopping(): boolean {
    return this.#stopAt !== undefined;
  }

  /** It asked ECS to be left alone. */
  isProtected(now: number): boolean {
    return now - this.#busyAt <= IDLE_SECONDS;
  }

  freeSlots(now: number): number {
    if (!this.isReady(now) || this.isStopping || this.isRetiring) return 0;
    return this.#options.slots - this.#ends.length;
  }

  start(tasks: number, now: number, runSeconds: number): void {
    for (let task = 0; task < tasks; task++) this.#ends.push(now + runSeconds);
    this.interval.picked += tasks;
    if (tasks > 0) this.#busyAt = now;
  }

  /** Ends what is done. */
  tick(now: number, runSeconds: number): void {
    const before = this.#ends.length;
    this.#ends = this.#ends.filter((end) => end > now);
    for (let ended = this.#ends.length; ended < before; ended++) this.interval.runs.add(runSeconds);
    if (this.#ends.length > 0) this.#busyAt = now;
  }

  /** SIGTERM. */
  stop(now: number): void {
    this.#stopAt ??= now;
  }

  hasExited(now: number): boolean {
    if (this.#stopAt === undefined) return false;
    return this.#ends.length === 0 || now - this.#stopAt >= this.#options.graceSeconds;
  }

  takeInterval(): QueueInterval {
    const { interval } = this;
    this.interval = new QueueInterval();
    return interval;
  }
}
