import type { Logger } from '../../shared/logger.ts';

/**
 * Protection also holds up deployments, so even a worker that is always busy goes without it for a
 * minute in a quarter of an hour: then ECS may send SIGTERM, and the worker drains.
 */
export const EXPIRES_MINUTES = 15;
export const ASK_AGAIN_MS = (EXPIRES_MINUTES + 1) * 60_000;
const REQUEST_TIMEOUT_MS = 5000;

/**
 * Asks ECS not to choose this worker when it scales in, while tasks run. Outside of ECS there is no
 * agent to ask, and nothing happens.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
export class ScaleInProtection {
  readonly #url: string | undefined;
  readonly #logger: Logger;
  #isProtected = false;
  #askedAt = 0;
  #request: Promise<void> = Promise.resolve();

  /** @param agentUri the variable `ECS_AGENT_URI` */
  constructor(agentUri: string | undefined, logger: Logger) {
    this.#url = agentUri && `${agentUri}/task-protection/v1/state`;
    this.#logger = logger;
  }

  /** Call it now and then: it asks only when something has changed, or protection has run out. */
  update(isBusy: boolean): Promise<void> {
    const isDue = isBusy && Date.now() - this.#askedAt > ASK_AGAIN_MS;
    if (this.#url === undefined || (isBusy === this.#isProtected && !isDue)) return this.#request;
    this.#isProtected = isBusy;
    this.#askedAt = Date.now();
    this.#request = this.#request.then(() => this.#ask(isBusy));
    return this.#request;
  }

  async #ask(isBusy: boolean): Promise<void> {
    try {
      const response = await fetch(this.#url ?? '', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ProtectionEnabled: isBusy,
          ...(isBusy ? { ExpiresInMinutes: EXPIRES_MINUTES } : {}),
        }),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`the ECS agent answered ${response.status}`);
    } catch (error) {
      this.#isProtected = !isBusy;
      this.#logger.warn('scale-in protection could not be changed', { isBusy, error });
    }
  }
}
