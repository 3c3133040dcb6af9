import type { Logger } from '../../../shared/logger.ts';
import type { Worker } from '../../../shared/worker/worker.ts';

/** One version of the workers in an ECS service. */
export type ServiceDeployment = {
  readonly id: string;
  /** True for the latest version: the one that stays. */
  readonly isPrimary: boolean;
  /** Its running workers, without those of a version that fails. */
  readonly running: number;
};

export type ServiceState = {
  /** How many workers the service wants, of all deployments. */
  readonly desired: number;
  readonly deployments: readonly ServiceDeployment[];
};

/**
 * Returns how many workers of a deployment its service still needs. During a rollout, each running worker
 * of the latest deployment replaces one of the others; the others do the rest of the work.
 * @param id of the deployment. The service needs no worker of an unknown one
 */
export function neededWorkers({ desired, deployments }: ServiceState, id: string): number {
  const deployment = deployments.find((each) => each.id === id);
  if (!deployment) return 0;
  if (deployment.isPrimary) return desired;
  const latest = deployments.find(({ isPrimary }) => isPrimary);
  return Math.max(desired - (latest?.running ?? 0), 0);
}

export type RetirementDeps = {
  readonly worker: Pick<Worker, 'busySlots' | 'limitSlots'>;
  /** Slots of the worker while it does not retire. */
  readonly slots: number;
  /** Returns true if the service has too many workers and this one is surplus. */
  readonly isSurplus: () => Promise<boolean>;
  readonly logger: Logger;
};

/** How long the latest answer of ECS is trusted. */
const TRUSTED_MS = 10 * 60_000;

/**
 * Stops a surplus worker from taking new tasks. It finishes the tasks that run, protected, and ECS can then
 * stop it without harm. If the service needs it again, it continues.
 */
export class Retirement {
  readonly #deps: RetirementDeps;
  #isRetiring = false;
  #knownAt = Number.NEGATIVE_INFINITY;

  constructor(deps: RetirementDeps) {
    this.#deps = deps;
  }

  /** True while ECS can rely on this worker to end by itself when it is surplus. */
  get isReliable(): boolean {
    return Date.now() - this.#knownAt < TRUSTED_MS;
  }

  /** Call it once a minute. An idle worker does not ask: ECS may stop it at any time. */
  async look(): Promise<void> {
    const { worker, slots, isSurplus, logger } = this.#deps;
    if (worker.busySlots === 0 && !this.#isRetiring) return;
    try {
      const isRetiring = await isSurplus();
      this.#knownAt = Date.now();
      if (isRetiring === this.#isRetiring) return;
      this.#isRetiring = isRetiring;
      worker.limitSlots(isRetiring ? 0 : slots);
      logger.info(isRetiring ? 'worker retires' : 'worker is needed after all', {
        busySlots: worker.busySlots,
      });
    } catch (error) {
      logger.warn('ECS did not say whether this worker is needed; the next try is in a minute', {
        error,
      });
    }
  }
}
