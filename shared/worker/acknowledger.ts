import type { Broker, Delivery } from '../broker/broker.ts';
import { pause, systemClock, type Timer, type TimerClock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { type LeasedMessage, logFieldsOf } from './run.ts';

const LINGER_MS = 50;
const RETRY_MS = 500;
const MAX_TRIES = 6;

type Pending = { readonly message: LeasedMessage; readonly tries: number };

/**
 * Deletes the messages of finished tasks from one queue. A request takes as many as the broker
 * allows, or as many as there are after 50 ms. A message that cannot be deleted is delivered once
 * more, and acknowledged without a run: its record says that the task has ended.
 */
export class Acknowledger {
  readonly #broker: Broker;
  readonly #logger: Logger;
  readonly #clock: TimerClock;
  readonly #requests = new Set<Promise<void>>();
  #pending: Pending[] = [];
  #timer: Timer | undefined;

  constructor(broker: Broker, logger: Logger, clock: TimerClock = systemClock) {
    this.#broker = broker;
    this.#logger = logger;
    this.#clock = clock;
  }

  add(message: LeasedMessage): void {
    this.#enqueue([{ message, tries: 0 }]);
  }

  /** Resolves when nothing is pending or under way. */
  async flush(): Promise<void> {
    while (this.#pending.length > 0 || this.#requests.size > 0) {
      this.#sendAll();
      await Promise.all(this.#requests);
    }
  }

  #enqueue(items: readonly Pending[]): void {
    this.#pending.push(...items);
    if (this.#pending.length >= this.#broker.maxBatch) this.#sendAll();
    else if (this.#pending.length > 0) {
      this.#timer ??= this.#clock.after(LINGER_MS, () => this.#sendAll());
    }
  }

  #sendAll(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    while (this.#pending.length > 0) {
      const request = this.#send(this.#pending.splice(0, this.#broker.maxBatch));
      this.#requests.add(request);
      void request.finally(() => this.#requests.delete(request));
    }
  }

  async #send(items: readonly Pending[]): Promise<void> {
    const refused = await this.#tryAck(items.map(({ message }) => message.delivery));
    const failed = items
      .filter(({ message }) => refused.includes(message.delivery))
      .map(({ message, tries }) => ({ message, tries: tries + 1 }));
    for (const { message, tries } of failed) if (tries >= MAX_TRIES) this.#logGivenUp(message);
    const again = failed.filter(({ tries }) => tries < MAX_TRIES);
    if (again.length === 0) return;
    await pause(RETRY_MS, undefined, this.#clock);
    this.#enqueue(again);
  }

  /** Returns the deliveries that were not deleted. */
  async #tryAck(deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    try {
      return await this.#broker.ack(deliveries);
    } catch (error) {
      this.#logger.warn('acknowledging failed', { messages: deliveries.length, error });
      return deliveries;
    }
  }

  #logGivenUp(message: LeasedMessage): void {
    this.#logger.warn(
      'message could not be acknowledged; it is delivered once more, and its task is not run again',
      { ...logFieldsOf(message), tries: MAX_TRIES },
    );
  }
}
