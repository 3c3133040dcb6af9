import { neededWorkers, type ServiceState } from '../../functions/worker/ecs/retirement.ts';
import type { Backlog } from './backlog.ts';
import { SimulatedWorker } from './simulated-worker.ts';

export type FleetOptions = {
  readonly slots: number;
  readonly startSeconds: number;
  readonly desired: number;
};

/** The default of `shutdownGraceSeconds`. */
const GRACE_SECONDS = 90;

/** How often workers ask whether they are needed: SERVICE_INTERVAL_MS. */
const LOOK_SECONDS = 60;

/** An ECS service: starts workers that are missing, and stops those too many that are not protected. */
export class Fleet {
  readonly #options: FleetOptions;
  /** Version of the workers that stay. */
  #version = 0;
  desired: number;
  workers: SimulatedWorker[] = [];
  killed = 0;
  /** When the last worker from before the latest deployment had ended. */
  deployedAt: number | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.desired = options.desired;
  }

  ready(now: number): SimulatedWorker[] {
    return this.#staying().filter((worker) => worker.isReady(now));
  }

  /** Replaces all workers, as a deployment does: by as many new ones first. */
  deploy(): void {
    this.#version++;
    this.deployedAt = undefined;
  }

  /** Returns how many tasks ended, and how many went with a worker that could not wait for them. */
  tick(now: number, runSeconds: number): { ended: number; killed: number } {
    const before = this.running;
    for (const worker of this.workers) worker.tick(now, runSeconds);
    const ended = before - this.running;
    if (now % LOOK_SECONDS === 0) this.#retire(now);
    this.#adjust(now);
    const gone = this.workers.filter((worker) => worker.hasExited(now));
    const killed = gone.reduce((sum, { busySlots }) => sum + busySlots, 0);
    this.killed += killed;
    this.workers = this.workers.filter((worker) => !gone.includes(worker));
    const isOver = this.workers.every(({ version }) => version === this.#version);
    if (this.#version > 0 && isOver) this.deployedAt ??= now;
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

  #staying(): SimulatedWorker[] {
    return this.workers.filter(({ isStopping }) => !isStopping);
  }

  /** Decides for each worker whether it retires, as `Retirement` does. */
  #retire(now: number): void {
    const state = this.#state(now);
    for (const { id } of state.deployments) {
      const needed = neededWorkers(state, id);
      const running = this.ready(now).filter(({ version }) => String(version) === id);
      running.forEach((worker, index) => {
        worker.isRetiring = index >= needed;
      });
    }
  }

  #state(now: number): ServiceState {
    const versions = this.ready(now).map(({ version }) => version);
    const deployments = [...new Set([...versions, this.#version])].map((version) => ({
      id: String(version),
      isPrimary: version === this.#version,
      running: versions.filter((each) => each === version).length,
    }));
    return { desired: this.desired, deployments };
  }

  /** Acts as ECS: starts new workers first, then stops only the surplus ones. */
  #adjust(now: number): void {
    const latest = this.#staying().filter(({ version }) => version === this.#version);
    const { slots, startSeconds } = this.#options;
    for (let missing = this.desired - latest.length; missing > 0; missing--) {
      const readyAt = now + startSeconds;
      const options = { slots, readyAt, graceSeconds: GRACE_SECONDS, version: this.#version };
      this.workers.push(new SimulatedWorker(options));
    }
    const state = this.#state(now);
    const old = this.#staying().filter(({ version }) => version < this.#version);
    this.#stopSome(old, old.length - oldNeeded(state), now);
    this.#stopSome(latest, latest.length - this.desired, now);
  }

  /** Those that have not begun go first. */
  #stopSome(workers: readonly SimulatedWorker[], tooMany: number, now: number): void {
    const mayGo = workers
      .filter((worker) => !worker.isProtected(now))
      .sort((a, b) => Number(a.isReady(now)) - Number(b.isReady(now)));
    for (const worker of mayGo.slice(0, Math.max(tooMany, 0))) worker.stop(now);
  }
}

/** As many as the latest deployment does not replace yet. */
const oldNeeded = ({ desired, deployments }: ServiceState): number =>
  Math.max(desired - (deployments.find(({ isPrimary }) => isPrimary)?.running ?? 0), 0);
