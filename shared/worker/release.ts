import type { Broker, Delivery } from '../broker/broker.ts';
import { MAX_DELAY_SECONDS, MAX_LEASE_SECONDS } from '../limits.ts';
import type { HeldTask } from './held-task.ts';

/**
 * From its receipt on, a message can stay hidden for 12 h in all; a minute is left for the way.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
 */
export const MAX_HELD_SECONDS = MAX_LEASE_SECONDS - 60;

/**
 * SQS moves a message to the dead letters after so many deliveries as the queue allows (1,000, see
 * infra/constructs/weighted-queue.ts).
 */
const RENEW_AFTER_RECEIVES = 900;

/**
 * SQS drops a message 14 days after it was sent, whatever happened to it since. Two are left for the
 * longest delay, and for the wait that follows it.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
const RENEW_AFTER_DAYS = 12;

/**
 * Lets a message be delivered again after a delay. True: a copy was sent instead, and this one is
 * to be acknowledged. Dying in between leaves two messages of one task, which its claim tells apart.
 * @param now milliseconds since 1970
 */
export async function release(
  { delivery, receivedAt }: Pick<HeldTask, 'delivery' | 'receivedAt'>,
  delaySeconds: number,
  broker: Broker,
  now: number,
): Promise<boolean> {
  if (mustBeRenewed(delivery, now)) {
    const copy = { body: delivery.body, delaySeconds: Math.min(delaySeconds, MAX_DELAY_SECONDS) };
    const [refusal] = await broker.publish([copy]);
    if (refusal) throw refusal;
    return true;
  }
  const heldSeconds = (now - receivedAt) / 1000;
  const longest = Math.max(Math.floor(MAX_HELD_SECONDS - heldSeconds), 0);
  await broker.changeLease([delivery], Math.min(delaySeconds, longest));
  return false;
}

/** Being put back "for later" is no failure: before SQS gives the message up, a copy takes its place. */
const mustBeRenewed = ({ receiveCount, sentAt }: Delivery, now: number): boolean =>
  receiveCount >= RENEW_AFTER_RECEIVES || now - sentAt >= RENEW_AFTER_DAYS * 86_400_000;
