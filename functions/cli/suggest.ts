/** What may have been meant by a word that is not known: the closest one, if it is close at all. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({ candidate, distance: distance(word, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.candidate;
}

/** `"prority" is not a queue. Did you mean "priority"?`, or what there is instead. */
export function notOneOf(what: string, word: string, known: readonly string[]): string {
  const meant = suggest(word, known);
  const hint = meant === undefined ? `There are: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
  return `"${word}" is not a ${what}. ${hint}`;
}

/** Levenshtein's: single characters to insert, delete or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...a.toLowerCase()].entries()) {
    let diagonal = index;
    row = row.reduce<number[]>((next, above, column) => {
      const isSame = letter === b[column - 1]?.toLowerCase();
      const left = next[column - 1] ?? Number.POSITIVE_INFINITY;
      next.push(
        column === 0 ? index + 1 : Math.min(left + 1, above + 1, diagonal + (isSame ? 0 : 1)),
      );
      diagonal = above;
      return next;
    }, []);
  }
  return row.at(-1) ?? 0;
}
