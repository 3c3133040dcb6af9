import { createHash } from 'node:crypto';
import { addTo, type CellKey, type Tally, type Whose } from '../../stats/tally.ts';
import type { Item, Key } from '../table.ts';
import type { Update } from '../transactions.ts';

/**
 * The numbers of an owner are the sum of a few items, so that shards which are worked off at the
 * same time seldom write to the same one. A shard always writes to the same.
 */
const SLOTS = 8;

const PREFIX = 'S#';
/** The partition of the checkpoints, by shard. */
export const CHECKPOINTS = 'SC';

export const statsPartition = (whose: Whose): string => `${PREFIX}${whose ?? ''}`;

/** Whose numbers are in this partition. */
export const whoseOf = (pk: string): Whose => pk.slice(PREFIX.length) || undefined;

export const checkpointKey = (shardId: string): Key => ({ pk: CHECKPOINTS, sk: shardId });

export const slotKeys = (whose: Whose): Key[] =>
  Array.from({ length: SLOTS }, (_, slot) => ({ pk: statsPartition(whose), sk: `stats#${slot}` }));

export function slotKey(whose: Whose, shardId: string): Key {
  const slot = createHash('sha256').update(shardId).digest().readUInt32BE() % SLOTS;
  return { pk: statsPartition(whose), sk: `stats#${slot}` };
}

/** Repairs write their corrections to a separate item, which no shard writes to. */
export const correctionsKey = (whose: Whose): Key => ({
  pk: statsPartition(whose),
  sk: 'stats#corrections',
});

/**
 * Cells in one expression, which may have 4 KB.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
export const MAX_CELLS = 100;

/** Adds to the numbers of an item, which need not exist. */
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
