import type { DeadLetter } from './dead-letter.ts';
import { Picker, type Selection } from './selection.ts';
import { type DeadLetterQueue, type Verdict, visitDeadLetters } from './visit-dead-letters.ts';

/** What became of one dead letter. All but those left are deleted. */
export type Handled =
  | { readonly outcome: 'redriven' | 'settled' | 'purged' }
  | { readonly outcome: 'left'; readonly why: string };

export type HandleBatch = (letters: readonly DeadLetter[]) => Promise<Handled[]>;

export type HandledLetters = {
  readonly redriven: number;
  /** There was nothing left to do for their tasks. */
  readonly settled: number;
  readonly purged: number;
  readonly left: readonly { readonly letter: DeadLetter; readonly why: string }[];
  /** Ids that are in no dead letter. */
  readonly missing: readonly string[];
};

/** Does something to the dead letters that are meant. */
export async function handleDeadLetters(
  queues: readonly DeadLetterQueue[],
  selection: Selection,
  handle: HandleBatch,
  onProgress?: (handled: number) => void,
): Promise<HandledLetters> {
  const picker = new Picker(selection);
  const counts = { redriven: 0, settled: 0, purged: 0 };
  const left: { letter: DeadLetter; why: string }[] = [];
  const visit = async (letters: readonly DeadLetter[]): Promise<Verdict> => {
    const picked = picker.pick(letters);
    const handled = await handle(picked);
    const settled = picked.filter((letter, index) => {
      const one = handled[index] ?? { outcome: 'left', why: 'nothing was done' };
      if (one.outcome === 'left') left.push({ letter: withoutBody(letter), why: one.why });
      else counts[one.outcome] += 1;
      return one.outcome !== 'left';
    });
    onProgress?.(counts.redriven + counts.settled + counts.purged);
    return { settled, isEnough: picker.isFull };
  };
  await Promise.all(queues.map((queue) => visitDeadLetters(queue, visit)));
  return { ...counts, left, missing: picker.missing };
}

/** Thousands may be left. */
const withoutBody = (letter: DeadLetter): DeadLetter => ({
  ...letter,
  delivery: { ...letter.delivery, body: '' },
});
