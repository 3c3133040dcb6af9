import type { DeadLetter } from './dead-letter.ts';
import { Picker, type Selection } from './selection.ts';
import { type DeadLetterQueue, visitDeadLetters } from './visit-dead-letters.ts';

/**
 * The dead letters that are meant, those first that died last, and about how many there are in all.
 * Nothing is deleted. The limit counts for each queue and for all.
 */
export async function collectDeadLetters(
  queues: readonly DeadLetterQueue[],
  selection: Selection,
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

async function collectFrom(queue: DeadLetterQueue, selection: Selection): Promise<DeadLetter[]> {
  const picker = new Picker(selection);
  const letters: DeadLetter[] = [];
  await visitDeadLetters(queue, async (batch) => {
    letters.push(...picker.pick(batch));
    return { settled: [], isEnough: picker.isFull };
  });
  return letters;
}
