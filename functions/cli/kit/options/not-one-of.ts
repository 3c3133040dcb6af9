import { didYouMean } from '../suggest.ts';

/** `"mian" is not a queue. Did you mean "main"?`, or else what there is. */
export const notOneOf = (what: string, word: string, known: readonly string[]): string =>
  `"${word}" is not a ${what}.${didYouMean(word, known) || ` There are: ${known.join(', ')}.`}`;
