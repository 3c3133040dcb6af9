import type {
  Broker,
  Delivery,
  OutgoingMessage,
  QueueDepth,
  ReceiveOptions,
} from '../../shared/broker/broker.ts';
import { pause } from '../../shared/clock.ts';
import { BrokerUnavailableError } from '../../shared/errors.ts';
import { MemoryBroker } from '../../shared/memory/broker.ts';

/** A memory broker at the other end of a network: every call takes a round trip and is counted. */
export class LatentBroker implements Broker {
  readonly system = 'memory';
  readonly maxBatch: number;
  readonly inner = new MemoryBroker();
  readonly requests = { receive: 0, ack: 0, changeLease: 0 };
  /** While true, every call fails. */
  isDown = false;
  readonly #roundTripMs: number;

  constructor(roundTripMs = 10, maxBatch = 10) {
    this.maxBatch = maxBatch;
    this.#roundTripMs = roundTripMs;
  }

  publish(messages: readonly OutgoingMessage[]): Promise<undefined[]> {
    return this.inner.publish(messages);
  }

  async receive(options: ReceiveOptions): Promise<Delivery[]> {
    this.requests.receive += 1;
    return this.#travel(() => this.inner.receive(options));
  }

  async ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    this.requests.ack += 1;
    return this.#travel(() => this.inner.ack(deliveries));
  }

  async changeLease(deliveries: readonly Delivery[], seconds: number): Promise<Delivery[]> {
    this.requests.changeLease += 1;
    return this.#travel(() => this.inner.changeLease(deliveries, seconds));
  }

  deadLetter(delivery: Delivery, reason: string): Promise<void> {
    return this.inner.deadLetter(delivery, reason);
  }

  depth(): Promise<QueueDepth> {
    return this.inner.depth();
  }

  async #travel<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    await pause(this.#roundTripMs / 2);
    if (this.isDown) throw new BrokerUnavailableError('main', 'switched off by the test');
    const answer = await call();
    await pause(this.#roundTripMs / 2);
    return answer;
  }
}
