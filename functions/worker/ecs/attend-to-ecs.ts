import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { Worker } from '../../../shared/worker/worker.ts';
import type { WorkerObserver } from '../../../shared/worker/worker-observer.ts';
import type { EcsService } from './ecs-service.ts';
import { Retirement } from './retirement.ts';

const PROTECTION_INTERVAL_MS = 2000;
const SERVICE_INTERVAL_MS = 60_000;

/**
 * Keeps ECS from stopping a worker in the middle of a task, and still lets it scale in and deploy. A busy
 * worker is protected, and a surplus worker takes no new tasks. Outside ECS nothing happens.
 */
export function attendToEcs(env: NodeJS.ProcessEnv, logger: Logger) {
  const protection = new ScaleInProtection(env['ECS_AGENT_URI'], logger);
  let retirement: Retirement | undefined;
  const protect = (isBusy: boolean): void =>
    void protection.update(isBusy, retirement?.isReliable ?? false);

  // At once, not at the next interval: ECS might choose this worker in between.
  const observer: WorkerObserver = { polled() {}, picked: () => protect(true), ended() {} };

  const attend = (worker: Worker, config: TaskQueueConfig): (() => Promise<void>) => {
    const timers = [
      setInterval(() => protect(worker.busySlots > 0), PROTECTION_INTERVAL_MS),
      setInterval(() => void retirement?.look(), SERVICE_INTERVAL_MS),
    ];
    const metadataUri = env['ECS_CONTAINER_METADATA_URI_V4'];
    if (metadataUri) {
      const isSurplus = surplusIn(metadataUri);
      const slots = config.worker.concurrency;
      retirement = new Retirement({ worker, slots, isSurplus, logger });
    }
    return () => {
      for (const timer of timers) clearInterval(timer);
      return protection.giveUp();
    };
  };
  return { observer, attend };
}

/** Loads the ECS client when it is first needed: an idle worker never asks. */
function surplusIn(metadataUri: string): () => Promise<boolean> {
  let service: EcsService | undefined;
  return async () => {
    const { EcsService } = await import('./ecs-service.ts');
    service ??= new EcsService(metadataUri);
    return service.isSurplus();
  };
}

/** Protection ends after this time unless it is renewed, so a worker that hangs delays no deployment longer. */
export const EXPIRES_MINUTES = 15;
const RENEW_MS = 5 * 60_000;
/** When protection is not renewed, ECS has a minute to stop the worker before the next request. */
const GAP_MS = (EXPIRES_MINUTES + 1) * 60_000;
/** A worker that is idle for less than this between two tasks keeps its protection. */
const IDLE_MS = 10_000;
const RETRY_MS = 30_000;
const REQUEST_TIMEOUT_MS = 5000;

/**
 * Asks ECS not to stop this worker for a scale-in or a deployment while tasks run. Outside ECS there is no
 * agent to ask, and nothing happens.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
export class ScaleInProtection {
  readonly #url: string | undefined;
  readonly #logger: Logger;
  #isProtected = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #retryAt = Number.NEGATIVE_INFINITY;
  #busyAt = Number.NEGATIVE_INFINITY;
  #request: Promise<void> = Promise.resolve();

  /** @param agentUri value of the variable `ECS_AGENT_URI` */
  constructor(agentUri: string | undefined, logger: Logger) {
    this.#url = agentUri && `${agentUri}/task-protection/v1/state`;
    this.#logger = logger;
  }

  /**
   * Call it every few seconds. It sends a request only when something changed or must be renewed.
   * @param mayRenew true if the worker ends by itself when it is surplus: see retirement.ts
   */
  update(isBusy: boolean, mayRenew: boolean): Promise<void> {
    const now = Date.now();
    if (isBusy) this.#busyAt = now;
    const isDue = isBusy
      ? !this.#isProtected || now - this.#askedAt > (mayRenew ? RENEW_MS : GAP_MS)
      : this.#isProtected && now - this.#busyAt > IDLE_MS;
    if (!isDue || now < this.#retryAt) return this.#request;
    return this.#change(isBusy, now);
  }

  /** Ends the protection, because the worker ends. Never rejects. */
  giveUp(): Promise<void> {
    return this.#isProtected ? this.#change(false, Date.now()) : this.#request;
  }

  #change(isWanted: boolean, now: number): Promise<void> {
    if (this.#url === undefined) return this.#request;
    this.#isProtected = isWanted;
    this.#askedAt = now;
    this.#request = this.#request.then(() => this.#ask(this.#url ?? '', isWanted));
    return this.#request;
  }

  async #ask(url: string, isWanted: boolean): Promise<void> {
    try {
      const response = await fetch(url, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ProtectionEnabled: isWanted,
          ExpiresInMinutes: isWanted ? EXPIRES_MINUTES : undefined,
        }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const answer = await response.text();
      if (!response.ok || isRefusal(answer)) throw new Error(`${response.status} ${answer}`);
    } catch (error) {
      this.#isProtected = !isWanted;
      this.#retryAt = Date.now() + RETRY_MS;
      this.#logger.warn('scale-in protection could not be changed; the next try is in 30 s', {
        isWanted,
        error,
      });
    }
  }
}

/** ECS refuses with status 200: `DEPLOYMENT_BLOCKED` when more workers are protected than it wants. */
const isRefusal = (answer: string): boolean => {
  const { failure, error } = JSON.parse(answer || '{}');
  return Boolean(failure ?? error);
};
