/** Splits items, in order, into chunks of at most `size`. */
export const chunksOf = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );

/** Splits messages, in order, into batches of at most `entries` and `bytes` of UTF-8 body. */
export function batchesOf<Message extends { readonly body: string }>(
  messages: readonly Message[],
  { entries, bytes }: { readonly entries: number; readonly bytes: number },
): Message[][] {
  const batches: Message[][] = [];
  let room = { entries: 0, bytes: 0 };
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    if (room.entries === 0 || room.bytes < size) {
      batches.push([]);
      room = { entries, bytes };
    }
    batches.at(-1)?.push(message);
    room = { entries: room.entries - 1, bytes: room.bytes - size };
  }
  return batches;
}

/**
 * Acts on all items, `atOnce` at a time: a batch must not take the whole capacity of a table, a
 * connection pool or a caller. Returns the results in the same order.
 */
export async function inTurn<Entry, Result>(
  entries: readonly Entry[],
  atOnce: number,
  act: (entry: Entry) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const some of chunksOf(entries, atOnce)) results.push(...(await Promise.all(some.map(act))));
  return results;
}
