import type { Broker, Delivery } from '../broker/broker.ts';
import { pause } from '../clock.ts';
import type { Logger } from '../logger.ts';

const LINGER_MS = 50;
const RETRY_MS = 500;
const MAX_TRIES = 6;

type Pending = { readonly delivery: Delivery; readonly tries: number };

/**
 * Acknowledges the finished tasks of one queue, as many in one request as it takes or whatever
 * there is after 50 ms. What never gets through only comes back once: its record says that it has ended.
 */
export class Acknowledger {
  readonly #broker: Broker;
  readonly #logger: Logger;
  readonly #requests = new Set<Promise<void>>();
  #pending: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(broker: Broker, logger: Logger) {
    this.#broker = broker;
    this.#logger = logger;
  }

  add(delivery: Delivery): void {
    this.#enqueue([{ delivery, tries: 0 }]);
  }

  /** Resolves when nothing is pending or on its way any more. */
  async flush(): Promise<void> {
    while (this.#pending.length > 0 || this.#requests.size > 0) {
      this.#sendAll();
      await Promise.all(this.#requests);
    }
  }

  #enqueue(items: readonly Pending[]): void {
    this.#pending.push(...items);
    if (this.#pending.length >= this.#broker.maxBatch) this.#sendAll();
    else if (this.#pending.length > 0) this.#timer ??= setTimeout(() => this.#sendAll(), LINGER_MS);
  }

  #sendAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#pending.length > 0) {
      const request = this.#send(this.#pending.splice(0, this.#broker.maxBatch));
      this.#requests.add(request);
      void request.finally(() => this.#requests.delete(request));
    }
  }

  async #send(items: readonly Pending[]): Promise<void> {
    const failed = await this.#tryAck(items);
    if (failed.length === 0) return;
    await pause(RETRY_MS);
    this.#enqueue(failed);
  }

  async #tryAck(items: readonly Pending[]): Promise<Pending[]> {
    const tried = items.map(({ delivery, tries }) => ({ delivery, tries: tries + 1 }));
    const again = await this.#broker
      .ack(tried.map(({ delivery }) => delivery))
      .catch((error: unknown) => {
        this.#logger.warn('acknowledging failed', { messages: items.length, error });
        return tried.map(({ delivery }) => delivery);
      });
    const failed = tried.filter(({ delivery }) => again.includes(delivery));
    return failed.filter(({ tries }) => tries < MAX_TRIES);
  }
}
