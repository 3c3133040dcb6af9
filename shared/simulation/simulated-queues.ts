import type { Broker, Delivery, QueueDepth, ReceiveOptions } from '../broker/broker.ts';
import { pause, type Timer } from '../clock.ts';
import { SQS_BATCH } from '../limits.ts';
import type { Link } from './link.ts';
import { MessageStore, type StoreOptions } from './message-store.ts';
import type { Random } from './random.ts';
import type { BrokerModel } from './scenario.ts';
import type { MortalClock, VirtualClock } from './virtual-clock.ts';

export type QueueOptions = Pick<StoreOptions, 'clock' | 'random' | 'onLeaseEnd'> & {
  readonly model: BrokerModel;
};

/** A queue at its broker, and the way of each worker to it. */
export interface SimulatedQueue {
  readonly store: MessageStore;
  connect(access: QueueAccess): Broker;
}

/** The parts of a worker that reads a queue. */
export type QueueAccess = {
  readonly link: Link;
  readonly clock: MortalClock;
  /** Called when messages have reached the worker. */
  readonly onReceived: (deliveries: readonly Delivery[]) => void;
};

/** A queue as one worker sees it, on SQS and on PostgreSQL. */
abstract class SimulatedBroker implements Broker {
  abstract readonly system: Broker['system'];
  abstract readonly maxBatch: number;
  protected readonly store: MessageStore;
  protected readonly link: Link;
  readonly #onReceived: QueueAccess['onReceived'];

  constructor(store: MessageStore, { link, onReceived }: QueueAccess) {
    this.store = store;
    this.link = link;
    this.#onReceived = onReceived;
  }

  protected abstract poll(options: ReceiveOptions): Promise<Delivery[]>;

  async receive(options: ReceiveOptions): Promise<Delivery[]> {
    const deliveries = await this.poll(options);
    this.#onReceived(deliveries);
    return deliveries;
  }

  /** A worker sends nothing but copies of messages that SQS is about to drop. */
  publish(): Promise<undefined[]> {
    return Promise.reject(new Error('A simulation has no message that old.'));
  }

  ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    return this.link.call(() => {
      for (const delivery of deliveries) this.store.delete(delivery);
      return [];
    });
  }

  changeLease(deliveries: readonly Delivery[], seconds: number): Promise<Delivery[]> {
    return this.link.call(() =>
      deliveries.filter((delivery) => !this.store.changeLease(delivery, seconds)),
    );
  }

  deadLetter(): Promise<void> {
    return this.link.call(() => undefined);
  }

  depth(): Promise<QueueDepth> {
    return this.link.call(() => this.store.depth);
  }
}

type ParkedPoll = {
  readonly options: ReceiveOptions;
  readonly link: Link;
  readonly answer: (deliveries: Delivery[]) => void;
  readonly timer: Timer;
};

/** A short poll of SQS asks each server of a queue with this probability. */
const SAMPLED_SHARE = 0.6;

/** SQS may deliver a message again within this time, although it is leased. */
const DUPLICATE_WITHIN_MS = 1000;

/**
 * A standard queue of SQS. Long polls ask all its servers, and are parked while these have nothing.
 * Short polls ask some of them, so an answer may be empty although messages wait.
 */
export class SqsQueue implements SimulatedQueue {
  readonly store: MessageStore;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #model: BrokerModel;
  #parked: ParkedPoll[] = [];

  constructor(options: QueueOptions) {
    const { partitions } = options.model;
    const onVisible = (): void => this.#answerParked();
    this.store = new MessageStore({ ...options, partitions, returnsToEnd: false, onVisible });
    this.#clock = options.clock;
    this.#random = options.random;
    this.#model = options.model;
  }

  connect(access: QueueAccess): Broker {
    return new SqsAccess(this, access);
  }

  receive(options: ReceiveOptions, link: Link): Delivery[] | Promise<Delivery[]> {
    if (options.waitSeconds === 0) return this.#take(options, this.#sample());
    if (this.store.visible > 0) return this.#take(options);
    return new Promise((answer) => {
      const timer = this.#clock.after(options.waitSeconds * 1000, () => {
        this.#parked = this.#parked.filter((poll) => poll.timer !== timer);
        answer([]);
      });
      this.#parked.push({ options, link, answer, timer });
    });
  }

  #answerParked(): void {
    while (this.#parked.length > 0 && this.store.visible > 0) {
      const [poll] = this.#parked.splice(this.#random.index(this.#parked.length), 1);
      poll?.timer.cancel();
      if (poll && !poll.link.isDead) poll.answer(this.#take(poll.options));
    }
  }

  #take({ max, leaseSeconds }: ReceiveOptions, sample?: ReadonlySet<number>): Delivery[] {
    const { shortAnswers, duplicates } = this.#model;
    const most = shortAnswers ? 1 + this.#random.index(max) : max;
    const taken = this.store.take(most, leaseSeconds, sample);
    for (const delivery of taken) {
      if (!this.#random.chance(duplicates)) continue;
      const afterMs = this.#random.between(0, DUPLICATE_WITHIN_MS);
      this.#clock.after(afterMs, () => this.store.duplicate(delivery));
    }
    return taken;
  }

  #sample(): ReadonlySet<number> {
    const all = Array.from({ length: this.#model.partitions }, (_, index) => index);
    return new Set(all.filter(() => this.#random.chance(SAMPLED_SHARE)));
  }
}

class SqsAccess extends SimulatedBroker {
  readonly system = 'aws_sqs';
  readonly maxBatch = SQS_BATCH.entries;
  readonly #queue: SqsQueue;

  constructor(queue: SqsQueue, access: QueueAccess) {
    super(queue.store, access);
    this.#queue = queue;
  }

  protected poll(options: ReceiveOptions): Promise<Delivery[]> {
    return this.link.call(() => this.#queue.receive(options, this.link));
  }
}

/** Most messages of one statement. */
const STATEMENT_MESSAGES = 1000;

/** How often an idle queue is looked at without a notification. */
const LOOK_ANYWAY_MS = 60_000;

/** A queue in PostgreSQL: exactly in order. A notification wakes all workers. */
export class PostgresQueue implements SimulatedQueue {
  readonly store: MessageStore;
  readonly #listeners: (() => void)[] = [];

  constructor(options: QueueOptions) {
    const onVisible = (): void => {
      for (const wake of this.#listeners) wake();
    };
    this.store = new MessageStore({ ...options, partitions: 1, returnsToEnd: true, onVisible });
  }

  connect(access: QueueAccess): Broker {
    const broker = new PostgresAccess(this.store, access);
    const wake = (): void => broker.wake();
    this.#listeners.push(() => void access.link.toWorker().then(wake));
    return broker;
  }
}

/** Waits for messages as `PostgresBroker` does. */
class PostgresAccess extends SimulatedBroker {
  readonly system = 'postgresql';
  readonly maxBatch = STATEMENT_MESSAGES;
  readonly #clock: MortalClock;
  #arrival = new AbortController();
  #emptyUntil = 0;

  constructor(store: MessageStore, access: QueueAccess) {
    super(store, access);
    this.#clock = access.clock;
  }

  wake(): void {
    this.#emptyUntil = 0;
    this.#arrival.abort();
    this.#arrival = new AbortController();
  }

  protected async poll(options: ReceiveOptions): Promise<Delivery[]> {
    const deadline = this.#clock.now() + options.waitSeconds * 1000;
    for (;;) {
      const isEmpty = this.#emptyUntil > this.#clock.now();
      const deliveries = isEmpty ? [] : await this.#look(options);
      if (deliveries.length > 0 || this.#clock.now() >= deadline) return deliveries;
      const waitMs = Math.min(this.#emptyUntil, deadline) - this.#clock.now();
      await pause(waitMs, this.#arrival.signal, this.#clock);
    }
  }

  async #look({ max, leaseSeconds }: ReceiveOptions): Promise<Delivery[]> {
    const arrival = this.#arrival.signal;
    const deliveries = await this.link.call(() => this.store.take(max, leaseSeconds));
    if (deliveries.length === 0 && !arrival.aborted) {
      this.#emptyUntil = this.#clock.now() + LOOK_ANYWAY_MS;
    }
    return deliveries;
  }
}
