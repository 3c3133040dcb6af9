import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { chunksOf } from '../../batches.ts';
import { defined } from '../../defined.ts';
import { LogUnavailableError } from '../../errors.ts';
import type {
  Checkpoints,
  LoggedTask,
  Snapshot,
  StatsRepairStore,
} from '../../stats/stats-store.ts';
import type { Tally, Whose } from '../../stats/tally.ts';
import type { TaskStatus } from '../../task-log/status.ts';
import { DynamodbTable, type Item } from '../table.ts';
import { DynamodbTransactions } from '../transactions.ts';
import {
  addition,
  CHECKPOINTS,
  checkpointKey,
  correctionsKey,
  MAX_CELLS,
  slotKeys,
  statsPartition,
  tallyOf,
  whoseOf,
} from './items.ts';

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
