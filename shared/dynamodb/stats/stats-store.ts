import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { chunksOf } from '../../batches.ts';
import { type Clock, systemClock } from '../../clock.ts';
import { defined } from '../../defined.ts';
import { LogUnavailableError } from '../../errors.ts';
import type {
  LoggedTask,
  Snapshot,
  StatsRepairStore,
  StatsStore,
} from '../../stats/stats-store.ts';
import type { Tally, Whose } from '../../stats/tally.ts';
import { type Checkpoints, deltasOf, movesOf, type TaskChange } from '../../stats/task-change.ts';
import { isAfter, sortable } from '../../table-stream/table-stream.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import { DynamodbStatsReader } from '../stores.ts';
import { DynamodbTable, type Item } from '../table.ts';
import { DynamodbTransactions, MAX_TRANSACTION_ITEMS, type Update } from '../transactions.ts';
import {
  addition,
  CHECKPOINTS,
  checkpointKey,
  correctionsKey,
  MAX_CELLS,
  slotKey,
  slotKeys,
  statsPartition,
  tallyOf,
  whoseOf,
} from './items.ts';

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

/** Tasks read at once from one partition, at least: a few megabytes. */
const CHUNK = 10_000;

/** Reads the whole table: for a repair, not for a request. */
export class DynamodbStatsRepairStore implements StatsRepairStore {
  readonly #documents: DynamoDBDocumentClient;
  readonly #name: string;
  readonly #table: DynamodbTable;
  readonly #transactions: DynamodbTransactions;
  readonly #chunk: number;

  constructor(documents: DynamoDBDocumentClient, name: string, chunk = CHUNK) {
    this.#documents = documents;
    this.#name = name;
    this.#table = new DynamodbTable(documents, name);
    this.#transactions = new DynamodbTransactions(documents, name);
    this.#chunk = chunk;
  }

  async checkpoints(): Promise<Checkpoints> {
    const items: Item[] = [];
    const query = { ...ofPartition(CHECKPOINTS), ConsistentRead: true };
    for await (const page of this.#table.queryAll(query)) items.push(...page.items);
    return checkpointsIn(items);
  }

  async tasks(partition: string, after = ' '): Promise<{ tasks: LoggedTask[]; next?: string }> {
    const tasks: LoggedTask[] = [];
    const { ExpressionAttributeValues } = ofPartition(partition);
    for await (const page of this.#table.queryAll({
      KeyConditionExpression: 'pk = :pk AND sk > :after',
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ':after': after },
      ProjectionExpression: 'sk, #owner, #queue, #status',
      ExpressionAttributeNames: { '#owner': 'owner', '#queue': 'queue', '#status': 'status' },
      ConsistentRead: true,
      Limit: this.#chunk,
    })) {
      tasks.push(...page.items.map(loggedTask));
      const last = tasks.at(-1);
      if (last && tasks.length >= this.#chunk) return { tasks, next: last.id };
    }
    return { tasks };
  }

  async *holders(): AsyncGenerator<Whose> {
    let ExclusiveStartKey: Item | undefined;
    do {
      const command = new ScanCommand({
        TableName: this.#name,
        FilterExpression: 'begins_with(pk, :prefix)',
        ExpressionAttributeValues: { ':prefix': statsPartition(undefined) },
        ProjectionExpression: 'pk',
        ExclusiveStartKey,
      });
      const page = await this.#documents.send(command).catch((cause: unknown) => {
        throw new LogUnavailableError('scan', cause);
      });
      yield* (page.Items ?? []).map(({ pk }) => whoseOf(pk as string));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
  }

  async snapshot(whose: Whose, shardIds: readonly string[]): Promise<Snapshot> {
    const slots = [...slotKeys(whose), correctionsKey(whose)];
    const items = await this.#transactions.get([...slots, ...shardIds.map(checkpointKey)]);
    const numbers = items.slice(0, slots.length);
    return {
      tally: tallyOf(numbers),
      checkpoints: checkpointsIn(items.slice(slots.length)),
      version: (numbers.at(-1)?.['version'] as number | undefined) ?? 0,
    };
  }

  async correct(whose: Whose, delta: Tally, version: number): Promise<boolean> {
    // Some at a time: as many as fit into an expression.
    for (const [index, some] of chunksOf([...delta], MAX_CELLS).entries()) {
      if (!(await this.#addOnce(whose, new Map(some), version + index))) return false;
    }
    return true;
  }

  async #addOnce(whose: Whose, delta: Tally, version: number): Promise<boolean> {
    const { UpdateExpression, ExpressionAttributeValues, ...update } = addition(
      correctionsKey(whose),
      delta,
    );
    const result = await this.#table.update({
      ...update,
      UpdateExpression: `${UpdateExpression} SET version = :next`,
      ConditionExpression: version === 0 ? 'attribute_not_exists(version)' : 'version = :version',
      ExpressionAttributeValues: defined({
        ...ExpressionAttributeValues,
        ':next': version + 1,
        ':version': version === 0 ? undefined : version,
      }),
    });
    return !('refused' in result);
  }
}

const ofPartition = (pk: string) => ({
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': pk },
});

const checkpointsIn = (items: readonly (Item | undefined)[]): Checkpoints =>
  new Map(items.flatMap((item) => (item ? [[item['sk'], item['sequenceNumber']] as never] : [])));

function loggedTask({ sk, owner, queue, status }: Item): LoggedTask {
  return {
    id: sk as string,
    owner: owner as string | undefined,
    cell: { queue: queue as string, status: status as TaskStatus },
  };
}
