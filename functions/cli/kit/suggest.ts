/** A third of the letters may be wrong, so that "go" does not suggest "do". */
const TOLERANCE = 3;

/** The known name that is close enough to the word, if any. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, distance: distanceOf(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance * TOLERANCE <= Math.max(name.length, word.length))
    .sort((a, b) => a.distance - b.distance);
  return best?.name;
}

/** ` Did you mean "priority"?`, to append to a sentence, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const name = suggest(word, known);
  return name === undefined ? '' : ` Did you mean "${name}"?`;
}

/** `"mian" is not a queue. Did you mean "main"?`, or the names that are accepted. */
export const notOneOf = (what: string, word: string, known: readonly string[]): string =>
  `"${word}" is not a ${what}.${didYouMean(word, known) || ` Accepted: ${known.join(', ')}.`}`;

/** The Levenshtein distance: how many letters to add, remove or replace. */
function distanceOf(from: string, to: string): number {
  let before = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const now = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = (before[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const changed = Math.min(before[column] ?? 0, now[column - 1] ?? 0) + 1;
      now.push(Math.min(replaced, changed));
    }
    before = now;
  }
  return before[to.length] ?? 0;
}
