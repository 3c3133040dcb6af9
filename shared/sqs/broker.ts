import type {
  Message,
  MessageAttributeValue,
  MessageSystemAttributeName,
} from '@aws-sdk/client-sqs';
import { batchesOf } from '../batches.ts';
import type {
  Broker,
  DeadLetterNote,
  Delivery,
  OutgoingMessage,
  QueueDepth,
  ReceiveOptions,
} from '../broker/broker.ts';
import type { QueueAddress } from '../deployment/resources.ts';
import { BrokerUnavailableError } from '../errors.ts';
import { SQS_BATCH } from '../limits.ts';
import type { SqsClient, SqsOperation, SqsOperations } from './client.ts';

/** A long poll that takes this much longer than its wait has lost its connection. */
const OVERDUE_MS = 10_000;

/** Any other call that takes longer, retries included, has lost its connection. */
const CALL_TIMEOUT_MS = 8_000;

const RECEIVED_ATTRIBUTES: MessageSystemAttributeName[] = [
  'SentTimestamp',
  'ApproximateReceiveCount',
];

/** Attributes of a dead letter, which its body does not have. */
const REASON = 'reason';
const MESSAGE_ID = 'originalMessageId';
const SENT_AT = 'originalSentAt';

const NOTE_ATTRIBUTES = [REASON, MESSAGE_ID, SENT_AT];

/** Broker over one SQS standard queue. The lease is the message's visibility timeout. */
export class SqsBroker implements Broker {
  readonly system = 'aws_sqs';
  readonly maxBatch = SQS_BATCH.entries;
  readonly #queue: string;
  readonly #address: QueueAddress;
  readonly #createClient: () => SqsClient;
  readonly #overdueMs: number;
  #client: SqsClient;

  /** @param createClient called again for a new client when a poll hangs */
  constructor(
    queue: string,
    address: QueueAddress,
    createClient: () => SqsClient,
    overdueMs = OVERDUE_MS,
  ) {
    this.#queue = queue;
    this.#address = address;
    this.#createClient = createClient;
    this.#overdueMs = overdueMs;
    this.#client = createClient();
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<(Error | undefined)[]> {
    const batches = batchesOf(messages, SQS_BATCH);
    const sent = await Promise.allSettled(batches.map((batch) => this.#sendBatch(batch)));
    const firstFailure = sent.find((result) => result.status === 'rejected');
    if (firstFailure && sent.every(({ status }) => status === 'rejected'))
      throw firstFailure.reason;
    return sent.flatMap((result, index) =>
      result.status === 'fulfilled'
        ? result.value
        : (batches[index] ?? []).map(() => result.reason as Error),
    );
  }

  async receive({ max, waitSeconds, leaseSeconds }: ReceiveOptions): Promise<Delivery[]> {
    const overdue = AbortSignal.timeout(waitSeconds * 1000 + this.#overdueMs);
    try {
      const receive = {
        QueueUrl: this.#address.url,
        MaxNumberOfMessages: max,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: leaseSeconds,
        MessageSystemAttributeNames: RECEIVED_ATTRIBUTES,
        MessageAttributeNames: NOTE_ATTRIBUTES,
      };
      const { Messages = [] } = await this.#call('ReceiveMessage', receive, overdue);
      return Messages.map(toDelivery);
    } catch (error) {
      if (overdue.aborted) this.#renewClient();
      throw error;
    }
  }

  async ack(deliveries: readonly Delivery[]): Promise<Delivery[]> {
    const { Failed = [] } = await this.#call('DeleteMessageBatch', {
      QueueUrl: this.#address.url,
      Entries: deliveries.map(({ receipt }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
      })),
    });
    return pick(
      deliveries,
      Failed.filter(({ SenderFault }) => !SenderFault),
    );
  }

  async changeLease(deliveries: readonly Delivery[], seconds: number): Promise<Delivery[]> {
    const { Failed = [] } = await this.#call('ChangeMessageVisibilityBatch', {
      QueueUrl: this.#address.url,
      Entries: deliveries.map(({ receipt }, index) => ({
        Id: String(index),
        ReceiptHandle: receipt,
        VisibilityTimeout: seconds,
      })),
    });
    return pick(deliveries, Failed);
  }

  async deadLetter(delivery: Delivery, reason: string): Promise<void> {
    await this.#call('SendMessage', {
      QueueUrl: this.#address.deadLetterUrl,
      MessageBody: delivery.body,
      MessageAttributes: noteAttributes(delivery, reason),
    });
  }

  async depth(): Promise<QueueDepth> {
    const { Attributes = {} } = await this.#call('GetQueueAttributes', {
      QueueUrl: this.#address.url,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    });
    return {
      waiting: Number(Attributes.ApproximateNumberOfMessages),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
    };
  }

  async #sendBatch(messages: readonly OutgoingMessage[]): Promise<(Error | undefined)[]> {
    const { Failed = [] } = await this.#call('SendMessageBatch', {
      QueueUrl: this.#address.url,
      Entries: messages.map(({ body, delaySeconds }, index) => ({
        Id: String(index),
        MessageBody: body,
        DelaySeconds: delaySeconds,
      })),
    });
    const failures = new Map(Failed.map((failure) => [failure.Id, failure]));
    return messages.map((_message, index) => {
      const failure = failures.get(String(index));
      return failure && new BrokerUnavailableError(this.#queue, failure);
    });
  }

  /** The one place where a failure of SQS becomes a BrokerUnavailableError. */
  async #call<Operation extends SqsOperation>(
    operation: Operation,
    input: SqsOperations[Operation][0],
    abortSignal = AbortSignal.timeout(CALL_TIMEOUT_MS),
  ): Promise<SqsOperations[Operation][1]> {
    try {
      return await this.#client.call(operation, input, abortSignal);
    } catch (cause) {
      throw new BrokerUnavailableError(this.#queue, cause);
    }
  }

  #renewClient(): void {
    this.#client.destroy();
    this.#client = this.#createClient();
  }
}

function toDelivery(message: Message): Delivery {
  const { Body, MessageId, ReceiptHandle, Attributes, MessageAttributes } = message;
  const deadLetter = noteIn(MessageAttributes);
  return {
    body: Body ?? '',
    messageId: MessageId ?? '',
    receipt: ReceiptHandle ?? '',
    sentAt: Number(Attributes?.SentTimestamp ?? 0),
    receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
    deadLetter,
  };
}

const pick = (deliveries: readonly Delivery[], entries: readonly { Id?: string | undefined }[]) =>
  entries.flatMap(({ Id }) => deliveries[Number(Id)] ?? []);

type Attributes = Record<string, MessageAttributeValue>;

const noteAttributes = (
  { messageId, sentAt }: Pick<Delivery, 'messageId' | 'sentAt'>,
  reason: string,
): Attributes => ({
  [REASON]: { DataType: 'String', StringValue: attributeText(reason) },
  [MESSAGE_ID]: { DataType: 'String', StringValue: messageId },
  [SENT_AT]: { DataType: 'Number', StringValue: String(sentAt) },
});

/** Reads the note of a dead letter. `undefined` for a message that SQS itself moved. */
function noteIn(attributes: Attributes = {}): DeadLetterNote | undefined {
  const text = (name: string): string | undefined => attributes[name]?.StringValue;
  const reason = text(REASON);
  if (reason === undefined) return undefined;
  return {
    reason,
    original: { messageId: text(MESSAGE_ID) ?? '', sentAt: Number(text(SENT_AT) ?? 0) },
  };
}

/**
 * Makes a valid attribute: not empty, and with the characters of XML 1.0 only.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const attributeText = (text: string): string =>
  text.slice(0, 1024).replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '?') || 'no reason given';
