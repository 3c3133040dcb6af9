import { chunksOf } from '../batches.ts';
import type { Broker, Delivery } from '../broker/broker.ts';
import { MAX_LEASE_SECONDS, SQS_BATCH } from '../limits.ts';
import {
  type DeadLetter,
  deadLetterOf,
  type HandleBatch,
  type LetterSelection,
  Picker,
} from './dead-letter.ts';

/** A long poll asks all servers of SQS. A short poll may miss a message. */
const WAIT_SECONDS = 1;
/**
 * The lease covers the time of a whole visit. If the visitor is killed, others cannot see the letters
 * until it ends.
 */
const LEASE_SECONDS = 10;
const SEEN_PER_SECOND = 50;
/** A letter that is not deleted after these is found to be done by the next command. */
const ACK_TRIES = 3;

export type DeadLetterQueue = { readonly queue: string; readonly broker: Broker };

export type Verdict = {
  /** Letters to delete. */
  readonly done: readonly DeadLetter[];
  /** Skips the rest of the queue. */
  readonly isEnough?: boolean;
};

/**
 * Shows every dead letter of a queue once, in batches of up to 10, and deletes those that the visitor
 * has done. SQS shows a message only by receiving it, so the others stay leased until the visit ends.
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
      // The queue is empty, or a letter comes back because the visit took longer than its lease.
      if (letters.length === 0) return;
      const { done, isEnough = false } = await visit(letters);
      await acknowledge(broker, done);
      for (const { delivery } of done) leased.delete(delivery.messageId);
      if (isEnough) return;
    }
  } finally {
    await requeue(broker, [...leased.values()]);
  }
}

async function leaseOf(broker: Broker): Promise<number> {
  const { waiting } = await broker.depth();
  return Math.min(LEASE_SECONDS + Math.ceil(waiting / SEEN_PER_SECOND), MAX_LEASE_SECONDS);
}

async function acknowledge(broker: Broker, done: readonly DeadLetter[]): Promise<void> {
  let left = done.map(({ delivery }) => delivery);
  for (let tries = 0; left.length > 0 && tries < ACK_TRIES; tries++) left = await broker.ack(left);
}

async function requeue(broker: Broker, deliveries: readonly Delivery[]): Promise<void> {
  try {
    for (const batch of chunksOf(deliveries, SQS_BATCH.entries)) await broker.changeLease(batch, 0);
  } catch {
    // The leases end by themselves. An error of the visit matters more.
  }
}

/**
 * Returns the selected dead letters, the latest first, and about how many there are in all. Deletes
 * nothing. The limit counts for each queue and for the sum.
 */
export async function collectDeadLetters(
  queues: readonly DeadLetterQueue[],
  selection: LetterSelection,
): Promise<{ readonly letters: readonly DeadLetter[]; readonly total: number }> {
  const depths = await Promise.all(queues.map(({ broker }) => broker.depth()));
  const collected = await Promise.all(queues.map((queue) => collectFrom(queue, selection)));
  const letters = collected
    .flat()
    .toSorted((one, other) => other.delivery.sentAt - one.delivery.sentAt)
    .slice(0, selection.limit);
  const total = depths.reduce((sum, { waiting, inFlight }) => sum + waiting + inFlight, 0);
  return { letters, total: Math.max(total, letters.length) };
}

async function collectFrom(
  queue: DeadLetterQueue,
  selection: LetterSelection,
): Promise<DeadLetter[]> {
  const picker = new Picker(selection);
  const letters: DeadLetter[] = [];
  await visitDeadLetters(queue, async (batch) => {
    letters.push(...picker.pick(batch));
    return { done: [], isEnough: picker.isFull };
  });
  return letters;
}

export type HandledLetters = {
  readonly redriven: number;
  /** There was nothing left to do for their tasks. */
  readonly settled: number;
  readonly purged: number;
  readonly left: readonly { readonly letter: DeadLetter; readonly why: string }[];
  /** Ids that no dead letter has. */
  readonly missing: readonly string[];
};

/** Redrives or purges the selected dead letters. */
export async function handleDeadLetters(
  queues: readonly DeadLetterQueue[],
  selection: LetterSelection,
  handle: HandleBatch,
  onProgress?: (handled: number) => void,
): Promise<HandledLetters> {
  const picker = new Picker(selection);
  const counts = { redriven: 0, settled: 0, purged: 0 };
  const left: { letter: DeadLetter; why: string }[] = [];
  const visit = async (letters: readonly DeadLetter[]): Promise<Verdict> => {
    const picked = picker.pick(letters);
    const handled = await handle(picked);
    const done = picked.filter((letter, index) => {
      const one = handled[index] ?? { outcome: 'left', why: 'nothing was done' };
      if (one.outcome === 'left') left.push({ letter: withoutBody(letter), why: one.why });
      else counts[one.outcome] += 1;
      return one.outcome !== 'left';
    });
    onProgress?.(counts.redriven + counts.settled + counts.purged);
    return { done, isEnough: picker.isFull };
  };
  await Promise.all(queues.map((queue) => visitDeadLetters(queue, visit)));
  return { ...counts, left, missing: picker.missing };
}

/** Saves memory: thousands may be left. */
const withoutBody = (letter: DeadLetter): DeadLetter => ({
  ...letter,
  delivery: { ...letter.delivery, body: '' },
});
