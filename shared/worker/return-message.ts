import type { Broker, Delivery } from '../broker/broker.ts';
import {
  DAY_SECONDS,
  MAX_DELAY_SECONDS,
  MAX_LEASE_SECONDS,
  MAX_RECEIVE_COUNT,
  RETENTION_DAYS,
} from '../limits.ts';
import type { Logger } from '../logger.ts';
import type { Acknowledger } from './acknowledger.ts';
import { type LeasedMessage, logFieldsOf, type NextStep } from './run.ts';

/** Longest time that a message stays leased after it was received. A minute is left for the request. */
export const MAX_KEPT_SECONDS = MAX_LEASE_SECONDS - 60;

/** A message that was delivered this often is replaced before SQS moves it to the dead letters. */
const COPY_AFTER_RECEIVES = MAX_RECEIVE_COUNT - 100;

/**
 * A message this old is replaced before SQS deletes it, counted from when it was sent. Two days are
 * left for the longest delay and for the wait that follows it.
 */
const COPY_AFTER_DAYS = RETENTION_DAYS - 2;

export type ReturnDeps = {
  readonly acks: Acknowledger;
  readonly broker: Broker;
  /** Resolves once no renewal of leases is under way. Never rejects. */
  readonly renewal: () => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
};

/** Acknowledges or requeues a message after its run. Never rejects: a failure leaves it to its lease. */
export async function returnMessage(
  message: LeasedMessage,
  step: NextStep,
  { acks, broker, renewal, now, logger }: ReturnDeps,
): Promise<void> {
  if (step.action === 'ack') acks.add(message);
  if (step.action !== 'requeue') return;
  message.isRequeued = true;
  // A renewal that is under way would arrive later, and replace the delay.
  await renewal();
  try {
    const isCopied = await requeue(message, step.delaySeconds, broker, now());
    if (isCopied) acks.add(message);
  } catch (error) {
    const fields = { ...logFieldsOf(message), error };
    logger.warn('message could not be requeued; it comes back when its lease ends', fields);
  }
}

/**
 * Makes a message visible again after a delay. Returns true if a copy was sent instead: then the
 * caller acknowledges this message. A crash in between leaves two messages of one task, and the
 * claim lets only one of them run.
 * @param now milliseconds since 1970
 */
async function requeue(
  { delivery, receivedAt }: LeasedMessage,
  delaySeconds: number,
  broker: Broker,
  now: number,
): Promise<boolean> {
  if (needsCopy(delivery, now)) {
    const copy = { body: delivery.body, delaySeconds: Math.min(delaySeconds, MAX_DELAY_SECONDS) };
    const [refusal] = await broker.publish([copy]);
    if (refusal) throw refusal;
    return true;
  }
  const leasedSeconds = (now - receivedAt) / 1000;
  const longest = Math.max(Math.floor(MAX_KEPT_SECONDS - leasedSeconds), 0);
  await broker.changeLease([delivery], Math.min(delaySeconds, longest));
  return false;
}

/** A task that asks for "later" has not failed: a copy replaces its message before SQS gives it up. */
const needsCopy = ({ receiveCount, sentAt }: Delivery, now: number): boolean =>
  receiveCount >= COPY_AFTER_RECEIVES || now - sentAt >= COPY_AFTER_DAYS * DAY_SECONDS * 1000;
