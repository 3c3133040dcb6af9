import { type Clock, systemClock } from '../../clock.ts';
import type { StatsStore } from '../../stats/stats-store.ts';
import type { Whose } from '../../stats/tally.ts';
import { deltasOf, movesOf, type TaskChange } from '../../stats/task-change.ts';
import { isAfter, sortable } from '../../table-stream/table-stream.ts';
import { DynamodbStatsReader } from '../stores.ts';
import type { DynamodbTable } from '../table.ts';
import { type DynamodbTransactions, MAX_TRANSACTION_ITEMS, type Update } from '../transactions.ts';
import { addition, checkpointKey, MAX_CELLS, slotKey } from './items.ts';

/** Beside the owners' items: the checkpoint, and the item of everybody. */
const MAX_OWNERS = MAX_TRANSACTION_ITEMS - 2;
/** A stream forgets its records after one day; this is two days more. */
const CHECKPOINT_SECONDS = 3 * 86_400;

/**
 * Numbers in the table of the task log. Each transaction adds to them, and moves the checkpoint of
 * its shard under the condition that the checkpoint stands before the first change: one that has
 * been carried out is refused, one that has been carried out in part is cut at the checkpoint.
 */
export class DynamodbStatsStore extends DynamodbStatsReader implements StatsStore {
  readonly #table: DynamodbTable;
  readonly #transactions: DynamodbTransactions;
  readonly #clock: Clock;

  constructor(
    table: DynamodbTable,
    transactions: DynamodbTransactions,
    clock: Clock = systemClock,
  ) {
    super(table);
    this.#table = table;
    this.#transactions = transactions;
    this.#clock = clock;
  }

  async apply(shardId: string, changes: readonly TaskChange[]): Promise<void> {
    let rest = changes;
    while (rest.length > 0) {
      const part = rest.slice(0, countThatFits(rest));
      if (await this.#transactions.update(this.#updatesFor(shardId, part))) {
        rest = rest.slice(part.length);
      } else {
        const counted = await this.#countedUpTo(shardId);
        rest = rest.filter(({ sequenceNumber }) => isAfter(sequenceNumber, counted));
      }
    }
  }

  #updatesFor(shardId: string, changes: readonly TaskChange[]): Update[] {
    // Changes that cancel each other out must move the checkpoint too: they may be delivered again
    // separately.
    const [first = '', last = ''] = [changes[0], changes.at(-1)].map(
      (change) => change?.sequenceNumber,
    );
    const checkpoint = {
      Key: checkpointKey(shardId),
      ConditionExpression: 'attribute_not_exists(pk) OR sortable < :first',
      UpdateExpression: 'SET sortable = :last, sequenceNumber = :number, expiresAt = :expiresAt',
      ExpressionAttributeValues: {
        ':first': sortable(first),
        ':last': sortable(last),
        ':number': last,
        ':expiresAt': Math.ceil(this.#clock.now() / 1000) + CHECKPOINT_SECONDS,
      },
    };
    const deltas = deltasOf(changes);
    const additions = deltas.holders
      .filter((whose) => deltas.of(whose).size > 0)
      .map((whose) => addition(slotKey(whose, shardId), deltas.of(whose)));
    return [checkpoint, ...additions];
  }

  /** The sequence number of the last change that was counted. */
  async #countedUpTo(shardId: string): Promise<string> {
    const checkpoint = await this.#table.get(checkpointKey(shardId));
    return (checkpoint?.['sequenceNumber'] as string | undefined) ?? '';
  }
}

/** How many of the changes, from the first on, fit into one transaction. */
function countThatFits(changes: readonly TaskChange[]): number {
  const owners = new Set<Whose>();
  const cells = new Set<string>();
  for (const [index, change] of changes.entries()) {
    owners.add(change.owner);
    for (const [cell] of movesOf(change)) cells.add(cell);
    if (owners.size > MAX_OWNERS || cells.size > MAX_CELLS) return index;
  }
  return changes.length;
}
