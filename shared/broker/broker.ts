/** A message as handed out by the broker. */
export type Delivery = {
  /** The encoded task, or whatever else somebody put into the queue. */
  readonly body: string;
  /** The broker's own id of the message: the same on every delivery. */
  readonly messageId: string;
  /** When it was sent, milliseconds since 1970. */
  readonly sentAt: number;
  /** How often it was delivered, this time included. SQS: ApproximateReceiveCount. */
  readonly receiveCount: number;
  /** Opaque handle of this one delivery; void once its lease runs out. */
  readonly receipt: string;
  /** Of a dead letter that was stored with a reason: not by SQS itself. */
  readonly deadLetter?: DeadLetterNote;
};

/** What is known of a dead letter beside its body. */
export type DeadLetterNote = {
  readonly reason: string;
  /** The message that it is a copy of. */
  readonly original: Pick<Delivery, 'messageId' | 'sentAt'>;
  /** No worker gave it up: nobody took it for so long that the queue did. @default false */
  readonly waitedTooLong?: boolean;
};

export type OutgoingMessage = {
  readonly body: string;
  /** 0 to 900. */
  readonly delaySeconds?: number;
};

export type ReceiveOptions = {
  /** 1 to 10; on PostgreSQL to 500. */
  readonly max: number;
  /** 0 to 20: how long to wait for the first message. */
  readonly waitSeconds: number;
  /** 1 to 43,200: how long the messages stay with this worker. */
  readonly leaseSeconds: number;
};

/** Messages of a queue, approximately. */
export type QueueDepth = {
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
};

/** The same, and what somebody should be told of. */
export type QueueHealth = QueueDepth & {
  /** For how long a message could have been received that nobody has; 0 when there is none. */
  readonly oldestWaitSeconds: number;
  readonly deadLetters: number;
};

/**
 * Moves messages from the dispatcher to a worker: at least once, in no particular order.
 *
 * A received message is leased: nobody else sees it until it is acknowledged, or its lease ends.
 * Every adapter passes the suite in test/contract/broker-contract.ts. Where nothing else is said the limits are those of SQS:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 *
 * @throws {BrokerUnavailableError} from every method when the broker cannot be reached
 */
export interface Broker {
  /** What stores the messages, by the name that traces give it. */
  readonly system: 'aws_sqs' | 'postgresql' | 'memory';

  /** Most messages of one `ack` or `changeLease`: 10 or more. */
  readonly maxBatch: number;

  /**
   * Stores the messages durably, any number of them, and answers for each in the same order:
   * `undefined`, or why this one was refused. Throws only if not one could be sent.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<(Error | undefined)[]>;

  /** Leases up to `max` messages. An empty array means the queue had none. */
  receive(options: ReceiveOptions): Promise<Delivery[]>;

  /** Forgets up to `maxBatch` messages. Returns those for which it must be asked again. Repeating is harmless. */
  ack(deliveries: readonly Delivery[]): Promise<Delivery[]>;

  /**
   * Sets when the leases of up to `maxBatch` messages end: `seconds` from now, 0 to 43,200. 0 hands them
   * back at once. Returns those whose lease was already lost.
   */
  changeLease(deliveries: readonly Delivery[], seconds: number): Promise<Delivery[]>;

  /** Stores a copy among the dead letters, with the reason. The message itself stays: ack it. */
  deadLetter(delivery: Delivery, reason: string): Promise<void>;

  depth(): Promise<QueueDepth>;

  /** Absent where the store itself tells CloudWatch, as SQS does. */
  health?(): Promise<QueueHealth>;
}
