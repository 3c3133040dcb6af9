import { createHash } from 'node:crypto';
import type { Item, Key } from '../task-log/dynamodb-table.ts';
import type { Update } from './dynamodb-transactions.ts';
import { addTo, type CellKey, type Tally } from './tally.ts';
import type { Whose } from './task-change.ts';

/**
 * The numbers of an owner are the sum of a few items, so that shards which are worked off at the
 * same time seldom write to the same one. A shard always writes to the same.
 */
const SLOTS = 8;

const PARTITION_PREFIX = 'S#';
const CHECKPOINTS = 'SC';

export const statsPartition = (whose: Whose): string => `${PARTITION_PREFIX}${whose ?? ''}`;

export const checkpointKey = (shardId: string): Key => ({ pk: CHECKPOINTS, sk: shardId });

export function slotKey(whose: Whose, shardId: string): Key {
  const slot = createHash('sha256').update(shardId).digest().readUInt32BE() % SLOTS;
  return { pk: statsPartition(whose), sk: `stats#${slot}` };
}

/** Adds to the numbers of an item, which need not exist. At most 100 cells fit into an expression. */
export function addition(key: Key, delta: Tally): Update {
  const cells = [...delta];
  return {
    Key: key,
    UpdateExpression: `ADD ${cells.map((_, index) => `#${index} :${index}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(
      cells.map(([cell], index) => [`#${index}`, cell] as const),
    ),
    ExpressionAttributeValues: Object.fromEntries(
      cells.map(([, count], index) => [`:${index}`, count] as const),
    ),
  };
}

/** The sum of items. Their counters are the attributes with a slash in the name. */
export function tallyOf(items: readonly (Item | undefined)[]): Tally {
  const tally = new Map<CellKey, number>();
  for (const [name, value] of items.flatMap((item = {}) => Object.entries(item))) {
    if (name.includes('/')) addTo(tally, name as CellKey, value as number);
  }
  return tally;
}
