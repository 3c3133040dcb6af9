import type { Logger } from '../../../shared/logger.ts';

/** As long as nobody renews it. Should a worker hang, deployments wait no longer for it. */
export const EXPIRES_MINUTES = 15;
const RENEW_MS = 5 * 60_000;
/** After protection that is not renewed, ECS gets a minute to stop the worker. */
const GAP_MS = (EXPIRES_MINUTES + 1) * 60_000;
/** A worker that is idle for a moment between two tasks keeps it. */
const IDLE_MS = 10_000;
const RETRY_MS = 30_000;
const REQUEST_TIMEOUT_MS = 5000;

/**
 * Asks ECS not to choose this worker when it scales in or deploys, while tasks run. Outside of ECS
 * there is no agent to ask, and nothing happens.
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

  /** @param agentUri the variable `ECS_AGENT_URI` */
  constructor(agentUri: string | undefined, logger: Logger) {
    this.#url = agentUri && `${agentUri}/task-protection/v1/state`;
    this.#logger = logger;
  }

  /**
   * Call it now and then: it asks only when something has changed, or has to be renewed.
   * @param mayRenew whether somebody else sees to it that the worker ends when ECS wants it to
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

  /** The worker ends: whatever comes of it does not matter any more. */
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
          ...(isWanted ? { ExpiresInMinutes: EXPIRES_MINUTES } : {}),
        }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const answer = await response.text();
      if (!response.ok || isRefusal(answer)) throw new Error(`${response.status} ${answer}`);
    } catch (error) {
      this.#isProtected = !isWanted;
      this.#retryAt = Date.now() + RETRY_MS;
      this.#logger.warn('scale-in protection could not be changed', { isWanted, error });
    }
  }
}

/** ECS refuses with 200: `DEPLOYMENT_BLOCKED` when more workers are protected than it wants. */
const isRefusal = (answer: string): boolean => {
  const { failure, error } = JSON.parse(answer || '{}');
  return Boolean(failure ?? error);
};
