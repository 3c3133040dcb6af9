import type { QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { TABLE } from '../config/table.ts';
import { PARTITIONS } from '../ids.ts';
import { cursorAfter, idInCursor } from './cursor.ts';
import { summaryOf, type TaskItem } from './dynamodb-items.ts';
import type { DynamodbTable, Key } from './dynamodb-table.ts';
import type { TaskStatus } from './status.ts';
import type { ListQuery, TaskPage } from './task-log.ts';

const ALL_PARTITIONS = Array.from({ length: PARTITIONS }, (_, partition) => `T#${partition}`);

/**
 * One page, newest first. Everybody's: the newest of every partition, merged. An owner's: their
 * index, then the items. Both read a number of items that depends on the limit alone.
 */
export async function listTasks(table: DynamodbTable, query: ListQuery): Promise<TaskPage> {
  const { owner, limit, cursor } = query;
  const before = cursor === undefined ? undefined : idInCursor(cursor);
  const newest = { Limit: limit + 1, ScanIndexForward: false };
  const items =
    owner === undefined
      ? (
          await Promise.all(
            ALL_PARTITIONS.map((pk) => table.query({ ...newest, ...partition(pk, before) })),
          )
        ).flatMap((page) => page.items)
      : (await table.query({ ...newest, ...ownedBy(owner, before) })).items;

  const sorted = (items as TaskItem[]).toSorted((a, b) => (a.sk < b.sk ? 1 : -1));
  const page = sorted.slice(0, limit);
  const tasks = (owner === undefined ? page : await whole(table, page)).map(summaryOf);
  const last = page.at(-1);
  return last && sorted.length > limit ? { tasks, next: cursorAfter(last.sk) } : { tasks };
}

export async function countByStatus(
  table: DynamodbTable,
  owner: string | undefined,
): Promise<Partial<Record<TaskStatus, number>>> {
  const counts: Partial<Record<TaskStatus, number>> = {};
  const queries =
    owner === undefined ? ALL_PARTITIONS.map((pk) => partition(pk)) : [ownedBy(owner)];
  await Promise.all(
    queries.map(async (query) => {
      for await (const found of table.queryAll(query)) {
        const items = found as TaskItem[];
        for (const { status } of owner === undefined ? items : await whole(table, items)) {
          counts[status] = (counts[status] ?? 0) + 1;
        }
      }
    }),
  );
  return counts;
}

/** The items behind the keys of an index, in the same order. Records past their retention are gone. */
async function whole(table: DynamodbTable, keys: readonly Key[]): Promise<TaskItem[]> {
  const items = (await table.getMany(keys.map(({ pk, sk }) => ({ pk, sk })))) as TaskItem[];
  const byId = new Map(items.map((item) => [item.sk, item]));
  return keys.flatMap(({ sk }) => byId.get(sk) ?? []);
}

type Query = Omit<QueryCommandInput, 'TableName'>;

const partition = (pk: string, before?: string): Query =>
  keyCondition(TABLE.partitionKey, pk, before);

const ownedBy = (owner: string, before?: string): Query => ({
  IndexName: TABLE.ownerIndex.name,
  ...keyCondition(TABLE.ownerIndex.partitionKey, owner, before),
});

const keyCondition = (attribute: string, value: string, before: string | undefined): Query => ({
  KeyConditionExpression: `#partition = :partition${before === undefined ? '' : ' AND sk < :before'}`,
  ExpressionAttributeNames: { '#partition': attribute },
  ExpressionAttributeValues: {
    ':partition': value,
    ...(before === undefined ? {} : { ':before': before }),
  },
});
