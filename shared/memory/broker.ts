import { randomUUID } from 'node:crypto';
import type {
  Broker,
  Delivery,
  OutgoingMessage,
  QueueDepth,
  ReceiveOptions,
} from '../broker/broker.ts';
import { type Clock, pause, systemClock } from '../clock.ts';
import { SQS_BATCH } from '../limits.ts';

type Stored = {
  readonly body: string;
  readonly messageId: string;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
  /** Present while leased. */
  receipt?: string;
};

/**
 * Broker of this process, for sync queues and tests. The lease is a time in the message. Nothing
 * survives the process, so its tasks are run in the caller as soon as they are enqueued.
 */
export class MemoryBroker implements Broker {
  readonly system = 'memory';
  readonly maxBatch = SQS_BATCH.entries;
  readonly deadLetters: { body: string; reason: string }[] = [];
  readonly #clock: Clock;
  readonly #messages = new Map<string, Stored>();
  #arrival = new AbortController();

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<undefined[]> {
    const now = this.#clock.now();
    for (const { body, delaySeconds = 0 } of messages) {
      const messageId = randomUUID();
      const visibleAt = now + delaySeconds * 1000;
      this.#messages.set(messageId, { body, messageId, sentAt: now, visibleAt, receiveCount: 0 });
    }
    this.#wakePolls();
    return messages.map(() => undefined);
  }

  async receive({ max, waitSeconds, leaseSeconds }: ReceiveOptions): Promise<Delivery[]> {
    await this.#untilVisible(this.#clock.now() + waitSeconds * 1000);
    const now = this.#clock.now();
    const visible = [...this.#messages.values()].filter(({ visibleAt }) => visibleAt <= now);
    return visible.slice(0, max).map((stored) => {
      const receipt = randomUUID();
      stored.receipt = receipt;
      stored.visibleAt = now + leaseSeconds * 1000;
      stored.receiveCount += 1;
      const { body, messageId, sentAt, receiveCount } = stored;
      return { body, messageId, sentAt, receiveCount, receipt };
    });
  }

  async ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    for (const delivery of deliveries) {
      if (this.#leasedBy(delivery)) this.#messages.delete(delivery.messageId);
    }
    return [];
  }

  async changeLease(deliveries: readonly Delivery[], seconds: number): Promise<Delivery[]> {
    const lost = deliveries.filter((delivery) => {
      const stored = this.#leasedBy(delivery);
      if (stored) stored.visibleAt = this.#clock.now() + seconds * 1000;
      return stored === undefined;
    });
    this.#wakePolls();
    return lost;
  }

  async deadLetter({ body }: Delivery, reason: string): Promise<void> {
    this.deadLetters.push({ body, reason });
  }

  async depth(): Promise<QueueDepth> {
    const now = this.#clock.now();
    const stored = [...this.#messages.values()];
    const waiting = stored.filter(({ visibleAt }) => visibleAt <= now).length;
    const delayed = stored.filter((m) => m.visibleAt > now && m.receipt === undefined).length;
    return { waiting, delayed, inFlight: stored.length - waiting - delayed };
  }

  /** Waits for a message to become visible: by arriving, by its delay, or by its lease running out. */
  async #untilVisible(deadline: number): Promise<void> {
    for (;;) {
      const now = this.#clock.now();
      const next = Math.min(...[...this.#messages.values()].map(({ visibleAt }) => visibleAt));
      if (next <= now || deadline <= now) return;
      await pause(Math.min(next, deadline) - now, this.#arrival.signal);
    }
  }

  #wakePolls(): void {
    this.#arrival.abort();
    this.#arrival = new AbortController();
  }

  #leasedBy({ messageId, receipt }: Delivery): Stored | undefined {
    const stored = this.#messages.get(messageId);
    const leased = stored?.receipt === receipt && stored.visibleAt > this.#clock.now();
    return leased ? stored : undefined;
  }
}
