import type { Delivery, OutgoingMessage, QueueDepth } from '../broker/broker.ts';
import type { Timer } from '../clock.ts';
import type { Random } from './random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A message of one queue, wherever it is. */
type Message = {
  readonly id: string;
  readonly body: string;
  readonly sentAt: number;
  receives: number;
  /** Runs while the message is leased. */
  lease: Timer | undefined;
  isDeleted: boolean;
};

export type LeaseEnd = 'deleted' | 'requeued' | 'expired';

export type StoreOptions = {
  readonly clock: VirtualClock;
  readonly random: Random;
  /** Messages of one partition stay nearly in order. One partition stays exactly in order. */
  readonly partitions: number;
  /** A message whose lease ended is behind all others; else it is where it was. */
  readonly returnsToEnd: boolean;
  /** Called whenever a message became visible. */
  readonly onVisible: () => void;
  /** Called with the id of each message that is no longer leased. */
  readonly onLeaseEnd: (id: string, reason: LeaseEnd) => void;
};

/** The id of a message's duplicate. It begins with the original's. */
export const duplicateOf = (id: string): string => `${id}+`;

/** One of the first three of a partition is delivered next. */
const DISORDER = 3;

/** The messages of one queue: visible, leased or deleted. Time of a lease is virtual. */
export class MessageStore {
  readonly #options: StoreOptions;
  readonly #partitions: Line<Message>[];
  /** By id. */
  readonly #messages = new Map<string, Message>();
  #delayed = 0;
  #leased = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#partitions = Array.from({ length: options.partitions }, () => new Line<Message>());
  }

  get visible(): number {
    return this.#messages.size - this.#leased - this.#delayed;
  }

  get depth(): QueueDepth {
    return { waiting: this.visible, inFlight: this.#leased, delayed: this.#delayed };
  }

  /** Adds messages, and wakes those who wait for them. */
  add(messages: readonly (OutgoingMessage & { readonly id: string })[]): void {
    const { clock } = this.#options;
    for (const { id, body, delaySeconds = 0 } of messages) {
      const message = {
        id,
        body,
        sentAt: clock.now(),
        receives: 0,
        lease: undefined,
        isDeleted: false,
      };
      this.#messages.set(id, message);
      if (delaySeconds > 0) this.#delay(message, delaySeconds);
      else this.#line().push(message);
    }
    this.#options.onVisible();
  }

  /** Leases up to `max` visible messages of these partitions, or of all. */
  take(max: number, leaseSeconds: number, sampled?: ReadonlySet<number>): Delivery[] {
    const lines = this.#partitions.filter((_line, index) => sampled?.has(index) ?? true);
    const taken: Message[] = [];
    let at = this.#options.random.index(lines.length);
    for (let misses = 0; misses < lines.length && taken.length < max; at++) {
      const line = lines[at % lines.length];
      const message = line && this.#next(line);
      misses = message ? 0 : misses + 1;
      if (message) taken.push(message);
    }
    return taken.map((message) => this.#lease(message, leaseSeconds));
  }

  /** Adds a copy of a leased message, which SQS may deliver too. */
  duplicate({ messageId, body }: Delivery): void {
    this.add([{ id: duplicateOf(messageId), body }]);
  }

  delete({ messageId, receipt }: Delivery): void {
    const message = this.#messages.get(messageId);
    if (!message || Number(receipt) !== message.receives) return;
    if (message.lease) {
      this.#leased -= 1;
      message.lease.cancel();
      this.#options.onLeaseEnd(messageId, 'deleted');
    }
    message.isDeleted = true;
    this.#messages.delete(messageId);
  }

  /** Returns false when the lease was lost. */
  changeLease({ messageId, receipt }: Delivery, seconds: number): boolean {
    const message = this.#messages.get(messageId);
    if (!message?.lease || Number(receipt) !== message.receives) return false;
    message.lease.cancel();
    if (seconds === 0) this.#giveBack(message, 'requeued');
    else message.lease = this.#startLease(message, seconds);
    return true;
  }

  #next(line: Line<Message>): Message | undefined {
    const { partitions, random } = this.#options;
    for (;;) {
      const message = line.take(partitions > 1 ? random.index(DISORDER) : 0);
      if (!message?.isDeleted) return message;
    }
  }

  #lease(message: Message, leaseSeconds: number): Delivery {
    message.receives += 1;
    message.lease = this.#startLease(message, leaseSeconds);
    this.#leased += 1;
    const { id, body, sentAt, receives } = message;
    return { messageId: id, body, sentAt, receiveCount: receives, receipt: String(receives) };
  }

  #startLease(message: Message, seconds: number): Timer {
    return this.#options.clock.after(seconds * 1000, () => this.#giveBack(message, 'expired'));
  }

  #giveBack(message: Message, reason: LeaseEnd): void {
    message.lease = undefined;
    this.#leased -= 1;
    if (this.#options.returnsToEnd) this.#line().push(message);
    else this.#line().unshift(message);
    this.#options.onLeaseEnd(message.id, reason);
    this.#options.onVisible();
  }

  #delay(message: Message, seconds: number): void {
    this.#delayed += 1;
    this.#options.clock.after(seconds * 1000, () => {
      this.#delayed -= 1;
      this.#line().push(message);
      this.#options.onVisible();
    });
  }

  #line(): Line<Message> {
    const { random } = this.#options;
    return this.#partitions[random.index(this.#partitions.length)] ?? new Line();
  }
}

/** A queue in two arrays, so that both ends take and give in constant time. */
class Line<Item> {
  /** Those that came back, the next one last. */
  readonly #front: Item[] = [];
  #items: Item[] = [];
  #head = 0;

  push(item: Item): void {
    this.#items.push(item);
  }

  unshift(item: Item): void {
    this.#front.push(item);
  }

  /** Takes an item near the front. @param ahead how many it may pass */
  take(ahead: number): Item | undefined {
    const returned = this.#front.pop();
    if (returned !== undefined) return returned;
    const next = this.#items[this.#head];
    if (next === undefined) return undefined;
    const other = this.#items[this.#head + ahead];
    if (other !== undefined) this.#items[this.#head + ahead] = next;
    this.#head += 1;
    if (this.#head > 1000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return other ?? next;
  }
}
