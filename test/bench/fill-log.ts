import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { encodeTime } from 'ulid';
import type { StatsStore } from '../../shared/stats/stats-store.ts';
import { type TaskItem, taskKey } from '../../shared/task-log/dynamodb-items.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const BATCH = 25;
const PARALLEL = 8;
const FIRST_CREATED = Date.parse('2026-01-01T00:00:00Z');

export const OWNER_NAMES = ['ann', 'ben', 'eve'] as const;
const QUEUES = ['priority', 'standard', 'background'];
const STATUSES = ['completed', 'completed', 'completed', 'failed', 'enqueued', 'running'] as const;

/** The record of the task with this number: one a second, names, owners and queues mixed. */
function taskItem(number: number): TaskItem & { readonly owner: string } {
  const createdAt = FIRST_CREATED + number * 1000;
  const at = new Date(createdAt).toISOString();
  const id = encodeTime(createdAt, 10) + String(number).padStart(16, '0');
  return {
    ...taskKey(id),
    name: `task-${number % 5}`,
    label: `Task ${number} of the benchmark`,
    owner: `arn:aws:iam::000000000000:user/${pick(OWNER_NAMES, number)}`,
    queue: pick(QUEUES, Math.floor(number / 3)),
    status: pick(STATUSES, Math.floor(number / 7)),
    claims: 1,
    snoozes: 0,
    createdAt: at,
    updatedAt: at,
    startedAt: at,
    parameters: JSON.stringify({ number }),
    expiresAt: Math.ceil(createdAt / 1000) + 365 * 86_400,
  };
}

/** Writes the records with the numbers from `from` up to but not including `to`, and counts them. */
export async function fillLog(
  client: DynamoDBClient,
  table: string,
  stats: StatsStore,
  from: number,
  to: number,
): Promise<void> {
  const documents = DynamoDBDocumentClient.from(client);
  const step = BATCH * PARALLEL;
  for (let start = from; start < to; start += step) {
    const items = Array.from({ length: Math.min(step, to - start) }, (_, index) =>
      taskItem(start + index),
    );
    await Promise.all(
      Array.from({ length: PARALLEL }, async (_, part) => {
        const puts = items.slice(part * BATCH, (part + 1) * BATCH);
        if (puts.length === 0) return;
        const requests = puts.map((Item) => ({ PutRequest: { Item } }));
        await documents.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
      }),
    );
    // As the consumer of the table's stream would.
    const changes = items.map(({ sk, owner, queue, status }, index) => ({
      taskId: sk,
      owner,
      sequenceNumber: String(start + index + 1),
      from: undefined,
      to: { queue, status },
    }));
    await stats.apply('shard-of-the-benchmark', changes);
  }
}

function pick<Item>(items: readonly [Item, ...Item[]] | readonly Item[], index: number): Item {
  return items[index % items.length] as Item;
}
