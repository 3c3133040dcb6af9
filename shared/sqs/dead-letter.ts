import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { DeadLetterNote, Delivery } from '../broker/broker.ts';

/** What a dead letter carries beside its body. */
const REASON = 'reason';
const MESSAGE_ID = 'originalMessageId';
const SENT_AT = 'originalSentAt';

export const NOTE_ATTRIBUTES = [REASON, MESSAGE_ID, SENT_AT];

type Attributes = Record<string, MessageAttributeValue>;

export const noteAttributes = (
  { messageId, sentAt }: Pick<Delivery, 'messageId' | 'sentAt'>,
  reason: string,
): Attributes => ({
  [REASON]: { DataType: 'String', StringValue: attributeText(reason) },
  [MESSAGE_ID]: { DataType: 'String', StringValue: messageId },
  [SENT_AT]: { DataType: 'Number', StringValue: String(sentAt) },
});

/** Nothing for a message that SQS itself moved there. */
export function noteIn(attributes: Attributes = {}): DeadLetterNote | undefined {
  const text = (name: string): string | undefined => attributes[name]?.StringValue;
  const reason = text(REASON);
  if (reason === undefined) return undefined;
  return {
    reason,
    original: { messageId: text(MESSAGE_ID) ?? '', sentAt: Number(text(SENT_AT) ?? 0) },
  };
}

/**
 * An attribute is not empty and has only the characters of XML 1.0.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const attributeText = (text: string): string =>
  text.slice(0, 1024).replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '?') || 'no reason given';
