/**
 * Acts on all of them, a few at a time: a batch must not take all of a table's, a connection pool's
 * or a caller's capacity. Returns the results in the same order.
 */
export async function inTurn<Entry, Result>(
  entries: readonly Entry[],
  atOnce: number,
  act: (entry: Entry) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < entries.length; start += atOnce) {
    results.push(...(await Promise.all(entries.slice(start, start + atOnce).map(act))));
  }
  return results;
}
