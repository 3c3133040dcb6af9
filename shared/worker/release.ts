import type { Broker, Delivery } from '../broker/broker.ts';

/**
 * From its receipt on, a message can stay hidden for 12 h in all; a minute is left for the way.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
 */
export const MAX_HELD_SECONDS = 43_200 - 60;

/** A message can be sent with a delay of up to 15 minutes. */
const MAX_DELAY_SECONDS = 900;

/**
 * SQS moves a message to the dead letters after so many deliveries as the queue allows (1,000, see
 * infra/constructs/weighted-queue.ts). Being put back "for later" is no failure, so before that a
 * fresh copy takes the message's place.
 */
const RENEW_AFTER_RECEIVES = 900;

/**
 * Lets a message be delivered again after a delay. True: a copy was sent instead, and this one is
 * to be acknowledged. Dying in between leaves two messages of one task, which its claim tells apart.
 */
export async function release(
  delivery: Delivery,
  delaySeconds: number,
  heldSeconds: number,
  broker: Broker,
): Promise<boolean> {
  if (delivery.receiveCount >= RENEW_AFTER_RECEIVES) {
    const copy = { body: delivery.body, delaySeconds: Math.min(delaySeconds, MAX_DELAY_SECONDS) };
    const [refusal] = await broker.publish([copy]);
    if (refusal) throw refusal;
    return true;
  }
  const longest = Math.max(Math.floor(MAX_HELD_SECONDS - heldSeconds), 0);
  await broker.changeLease([delivery], Math.min(delaySeconds, longest));
  return false;
}
