/** Splits messages, in order, into batches of at most so many entries and UTF-8 bytes of body. */
export function batchesOf<Message extends { readonly body: string }>(
  messages: readonly Message[],
  maxEntries: number,
  maxBytes: number,
): Message[][] {
  const batches: Message[][] = [];
  let room = { entries: 0, bytes: 0 };
  for (const message of messages) {
    const bytes = Buffer.byteLength(message.body);
    if (room.entries === 0 || room.bytes < bytes) {
      batches.push([]);
      room = { entries: maxEntries, bytes: maxBytes };
    }
    batches.at(-1)?.push(message);
    room = { entries: room.entries - 1, bytes: room.bytes - bytes };
  }
  return batches;
}

/** The items, in order, in slices of at most so many. */
export const sliced = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
