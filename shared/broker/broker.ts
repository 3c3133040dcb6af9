/** A message as handed out by the broker. */
export type Delivery = {
  /** The encoded task, or any other text that somebody sent to the queue. */
  readonly body: string;
  /** The broker's own id of the message: the same on every delivery. */
  readonly messageId: string;
  /** Time of sending, in milliseconds since 1970. */
  readonly sentAt: number;
  /** Number of deliveries, this one included. SQS: ApproximateReceiveCount. */
  readonly receiveCount: number;
  /** Opaque handle of this one delivery; void once its lease runs out. */
  readonly receipt: string;
  /** Present on a dead letter that was stored with a reason, which SQS itself does not do. */
  readonly deadLetter?: DeadLetterNote | undefined;
};

/** Information about a dead letter besides its body. */
export type DeadLetterNote = {
  readonly reason: string;
  /** The message of which it is a copy. */
  readonly original: Pick<Delivery, 'messageId' | 'sentAt'>;
  /** True when no worker received it before its retention ended. @default false */
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
  /** How long to wait for the first message, 0 to 20. */
  readonly waitSeconds: number;
  /** How long other workers do not see the messages, 1 to 43,200. */
  readonly leaseSeconds: number;
};

/** Number of messages in a queue, approximately. */
export type QueueDepth = {
  readonly waiting: number;
  readonly inFlight: number;
  readonly delayed: number;
};

/** Depth plus what alarms need. */
export type QueueHealth = QueueDepth & {
  /** Time for which the oldest message has been available; 0 when the queue is empty. */
  readonly oldestWaitSeconds: number;
  readonly deadLetters: number;
};

/**
 * Moves messages from the dispatcher to a worker: at least once, in no particular order.
 *
 * A received message is leased: nobody else sees it until it is acknowledged, or its lease ends.
 * Every adapter passes the suite in test/contract/broker-contract.ts. Unless stated otherwise, the
 * limits are those of SQS: shared/limits.ts.
 *
 * @throws {BrokerUnavailableError} from every method when the broker cannot be reached
 */
export interface Broker {
  /** The system that stores the messages, as traces name it. */
  readonly system: 'aws_sqs' | 'postgresql' | 'memory';

  /** Most messages per `ack` or `changeLease`. 10 or more. */
  readonly maxBatch: number;

  /**
   * Stores any number of messages durably. Returns for each, in the same order, `undefined` or why
   * it was refused. Throws only if no message could be sent.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<(Error | undefined)[]>;

  /** Leases up to `max` messages. An empty array means the queue had none. */
  receive(options: ReceiveOptions): Promise<Delivery[]>;

  /** Deletes up to `maxBatch` messages. Returns those to try again. Repeating is harmless. */
  ack(deliveries: readonly Delivery[]): Promise<Delivery[]>;

  /**
   * Sets when the leases of up to `maxBatch` messages end: `seconds` from now, 0 to 43,200. With 0
   * they go back to the queue at once. Returns those whose lease was already lost.
   */
  changeLease(deliveries: readonly Delivery[], seconds: number): Promise<Delivery[]>;

  /** Stores a copy among the dead letters, with the reason. The message itself stays until `ack`. */
  deadLetter(delivery: Delivery, reason: string): Promise<void>;

  depth(): Promise<QueueDepth>;

  /** Absent where the store itself reports to CloudWatch, as SQS does. */
  health?(): Promise<QueueHealth>;
}
