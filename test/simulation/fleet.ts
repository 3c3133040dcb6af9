import type { Backlog } from './backlog.ts';
import { SimulatedWorker } from './simulated-worker.ts';

export type FleetOptions = {
  readonly slots: number;
  readonly startSeconds: number;
  readonly desired: number;
};

/** The default of `shutdownGraceSeconds`. */
const GRACE_SECONDS = 90;

/** An ECS service: starts workers that are missing, and stops those too many that are not protected. */
export class Fleet {
  readonly #options: FleetOptions;
  desired: number;
  workers: SimulatedWorker[] = [];
  killed = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.desired = options.desired;
  }

  ready(now: number): SimulatedWorker[] {
    return this.workers.filter((worker) => worker.isReady(now) && !worker.isStopping);
  }

  /** Returns how many tasks ended, and how many went with a worker that could not wait for them. */
  tick(now: number, runSeconds: number): { ended: number; killed: number } {
    const before = this.running;
    for (const worker of this.workers) worker.tick(now, runSeconds);
    const ended = before - this.running;
    this.#adjust(now);
    const gone = this.workers.filter((worker) => worker.hasExited(now));
    const killed = gone.reduce((sum, { busySlots }) => sum + busySlots, 0);
    this.killed += killed;
    this.workers = this.workers.filter((worker) => !gone.includes(worker));
    return { ended, killed };
  }

  /** Gives free slots what waits. */
  begin(now: number, runSeconds: number, backlog: Backlog): void {
    for (const worker of this.workers) {
      worker.start(backlog.take(worker.freeSlots(now), now), now, runSeconds);
    }
  }

  /** Tasks that run now. */
  get running(): number {
    return this.workers.reduce((sum, { busySlots }) => sum + busySlots, 0);
  }

  #adjust(now: number): void {
    const staying = this.workers.filter(({ isStopping }) => !isStopping);
    const { slots, startSeconds } = this.#options;
    for (let missing = this.desired - staying.length; missing > 0; missing--) {
      const readyAt = now + startSeconds;
      this.workers.push(new SimulatedWorker({ slots, readyAt, graceSeconds: GRACE_SECONDS }));
    }
    const tooMany = Math.max(staying.length - this.desired, 0);
    // Those that have not begun go first.
    const mayGo = staying
      .filter((worker) => !worker.isProtected(now))
      .sort((a, b) => Number(a.isReady(now)) - Number(b.isReady(now)));
    for (const worker of mayGo.slice(0, tooMany)) worker.stop(now);
  }
}
