import { ASK_AGAIN_MS, EXPIRES_MINUTES } from '../../functions/worker/scale-in-protection.ts';
import { QueueInterval } from '../../shared/worker/queue-stats.ts';

/** How often a worker looks whether it should be protected, in seconds: WATCH_INTERVAL_MS. */
const WATCH_SECONDS = 2;

export type WorkerOptions = {
  readonly slots: number;
  readonly readyAt: number;
  /** Time to finish after SIGTERM, in seconds. */
  readonly graceSeconds: number;
};

/** One worker of the fleet, second by second. */
export class SimulatedWorker {
  readonly #options: WorkerOptions;
  /** When each running task will have ended, in seconds. */
  #ends: number[] = [];
  #stopAt: number | undefined;
  #protectedSince: number | undefined;
  interval = new QueueInterval();

  constructor(options: WorkerOptions) {
    this.#options = options;
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

  /** ECS asked it to be left alone, and that has not run out. */
  isProtected(now: number): boolean {
    const since = this.#protectedSince;
    return since !== undefined && now - since < EXPIRES_MINUTES * 60;
  }

  freeSlots(now: number): number {
    if (!this.isReady(now) || this.isStopping) return 0;
    return this.#options.slots - this.#ends.length;
  }

  start(tasks: number, now: number, runSeconds: number): void {
    for (let task = 0; task < tasks; task++) this.#ends.push(now + runSeconds);
    this.interval.picked += tasks;
  }

  /** Ends what is done, and tells ECS about it. */
  tick(now: number, runSeconds: number): void {
    const before = this.#ends.length;
    this.#ends = this.#ends.filter((end) => end > now);
    for (let ended = this.#ends.length; ended < before; ended++) this.interval.runs.add(runSeconds);
    if (now % WATCH_SECONDS === 0) this.#protect(now);
  }

  #protect(now: number): void {
    if (this.#ends.length === 0) this.#protectedSince = undefined;
    else if (now - (this.#protectedSince ?? Number.NEGATIVE_INFINITY) > ASK_AGAIN_MS / 1000) {
      this.#protectedSince = now;
    }
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
