/** The known word that somebody may have meant, if one is near enough. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const near = known
    .map((candidate) => ({
      candidate,
      distance: distanceOf(word.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ candidate, distance }) => distance <= Math.max(candidate.length, word.length) * 0.4);
  return near.sort((a, b) => a.distance - b.distance)[0]?.candidate;
}

/** ` Did you mean "export-results"?`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const candidate = suggest(word, known);
  return candidate === undefined ? '' : ` Did you mean "${candidate}"?`;
}

/** Characters to add, drop or replace (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [done, character] of [...from].entries()) {
    const next = [done + 1];
    for (let index = 1; index <= to.length; index++) {
      const replaced = (row[index - 1] ?? 0) + (to[index - 1] === character ? 0 : 1);
      next.push(Math.min(replaced, (row[index] ?? 0) + 1, (next[index - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
