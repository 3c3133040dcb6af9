import type { Shard } from './table-stream.ts';

/** The shards that may be read now: not yet read to their end, while their parents are or are gone. */
export function readableShards(shards: readonly Shard[], ended: ReadonlySet<string>): Shard[] {
  const left = new Set(shards.map(({ id }) => id).filter((id) => !ended.has(id)));
  return shards.filter(({ id, parentId }) => left.has(id) && !left.has(parentId ?? ''));
}
