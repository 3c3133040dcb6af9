import { chunksOf } from '../batches.ts';
import type { Broker, Delivery } from '../broker/broker.ts';
import { MAX_LEASE_SECONDS, SQS_BATCH } from '../limits.ts';
import { type DeadLetter, deadLetterOf } from './dead-letter.ts';

/** A poll that waits asks all of SQS's servers; one that does not may miss a message. */
const WAIT_SECONDS = 1;
/** Whoever is killed while looking hides what was seen from others for so long, and as long as looking takes. */
const LEASE_SECONDS = 10;
const SEEN_PER_SECOND = 50;
/** A letter that is not deleted then will be found settled the next time. */
const ACK_TRIES = 3;

export type Verdict = {
  /** To be deleted. */
  readonly settled: readonly DeadLetter[];
  /** The rest of the queue need not be looked at. */
  readonly isEnough?: boolean;
};

export type DeadLetterQueue = { readonly queue: string; readonly broker: Broker };

/**
 * Shows every dead letter of a queue once, in batches of up to 10, and deletes what the visitor has
 * settled. SQS cannot be read without receiving: the others are leased until the end, and handed back.
 */
export async function visitDeadLetters(
  { queue, broker }: DeadLetterQueue,
  visit: (letters: readonly DeadLetter[]) => Promise<Verdict>,
): Promise<void> {
  const leaseSeconds = await leaseOf(broker);
  /** By message: its latest delivery. */
  const leased = new Map<string, Delivery>();
  const seen = new Set<string>();
  try {
    for (;;) {
      const deliveries = await broker.receive({
        max: SQS_BATCH.entries,
        waitSeconds: WAIT_SECONDS,
        leaseSeconds,
      });
      const letters = deliveries
        .filter(({ messageId }) => !seen.has(messageId))
        .map((delivery) => deadLetterOf(queue, delivery));
      for (const delivery of deliveries) {
        seen.add(delivery.messageId);
        leased.set(delivery.messageId, { ...delivery, body: '' });
      }
      // Nothing, or what comes for the second time because looking took longer than a lease.
      if (letters.length === 0) return;
      const { settled, isEnough = false } = await visit(letters);
      await acknowledge(broker, settled);
      for (const { delivery } of settled) leased.delete(delivery.messageId);
      if (isEnough) return;
    }
  } finally {
    await handBack(broker, [...leased.values()]);
  }
}

async function leaseOf(broker: Broker): Promise<number> {
  const { waiting } = await broker.depth();
  return Math.min(LEASE_SECONDS + Math.ceil(waiting / SEEN_PER_SECOND), MAX_LEASE_SECONDS);
}

async function acknowledge(broker: Broker, settled: readonly DeadLetter[]): Promise<void> {
  let left = settled.map(({ delivery }) => delivery);
  for (let tries = 0; left.length > 0 && tries < ACK_TRIES; tries++) left = await broker.ack(left);
}

async function handBack(broker: Broker, deliveries: readonly Delivery[]): Promise<void> {
  try {
    for (const batch of chunksOf(deliveries, SQS_BATCH.entries)) {
      await broker.changeLease(batch, 0);
    }
  } catch {
    // Their leases will end; what went wrong before is the news.
  }
}
