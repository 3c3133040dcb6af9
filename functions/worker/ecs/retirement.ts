import type { Logger } from '../../../shared/logger.ts';
import type { Worker } from '../../../shared/worker/worker.ts';

export type RetirementDeps = {
  readonly worker: Pick<Worker, 'busySlots' | 'limitSlots'>;
  /** What it has when it does not retire. */
  readonly slots: number;
  /** Whether the service has too many workers, and this is one of those to go. */
  readonly isSurplus: () => Promise<boolean>;
  readonly logger: Logger;
};

/** What ECS said last is believed for so long. */
const BELIEVED_MS = 10 * 60_000;

/**
 * Has a worker that its service has too many of take no new tasks: it finishes those that run, protected,
 * and can be stopped then without hurting anybody. When it is needed after all, it goes on.
 */
export class Retirement {
  readonly #deps: RetirementDeps;
  #isRetiring = false;
  #knownAt = Number.NEGATIVE_INFINITY;

  constructor(deps: RetirementDeps) {
    this.#deps = deps;
  }

  /** Whether ECS can count on this worker to end by itself when it is one too many. */
  get isReliable(): boolean {
    return Date.now() - this.#knownAt < BELIEVED_MS;
  }

  /** Call it once a minute. A worker with nothing to do may be stopped at any time, and need not ask. */
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
      logger.warn('ECS does not say whether this worker is needed', { error });
    }
  }
}
