import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isoTime } from '../../../shared/clock.ts';
import { failureMark, type TaskItem, taskKey } from '../../../shared/dynamodb/task-log/items.ts';
import { taskIdOfMessage } from '../../../shared/ids.ts';
import type { StatsStore } from '../../../shared/stats/stats-store.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const BATCH = 25;
const PARALLEL = 8;
const COUNTED_AT_ONCE = 1000;

const NEWEST_CREATED_AT = Date.parse('2026-11-24T09:30:00Z');
/** One task a second. */
const APART_MS = 1000;
const OWNERS = 5;
const FAILED_EVERY = 50;
const CHILDREN = 200;

const idOf = (age: number): string =>
  taskIdOfMessage(`task ${age}`, NEWEST_CREATED_AT - age * APART_MS);

export const OWNER =
  'arn:aws:sts::123456789012:assumed-role/assessment-backend/i-0abc123def4567890';
/** A task with 200 children, near the newest tasks. */
export const PARENT = idOf(CHILDREN);
/** The name of every seventh task. */
export const NAME = 'export-results-0';

/** The record of the task that is so many tasks older than the newest. Always the same. */
function recordOf(age: number): TaskItem {
  const id = idOf(age);
  const createdAt = isoTime(NEWEST_CREATED_AT - age * APART_MS);
  const status = age % FAILED_EVERY === 0 ? 'failed' : 'completed';
  const { failedIn } = failureMark(id, status);
  return {
    ...taskKey(id),
    name: `export-results-${age % 7}`,
    label: `Export of the results of delivery ${age}`,
    owner: age % OWNERS === 0 ? OWNER : `${OWNER}-${age % OWNERS}`,
    ...(age < CHILDREN && { parentId: PARENT }),
    queue: 'background',
    status,
    ...(failedIn !== undefined && { failedIn }),
    claims: 1,
    snoozes: 0,
    createdAt,
    updatedAt: createdAt,
    startedAt: createdAt,
    finishedAt: createdAt,
    parameters: JSON.stringify({ deliveryId: `delivery-${age}` }),
    report: JSON.stringify({ type: 'success', message: `Running task ${id}`, children: [] }),
    expiresAt: Math.ceil(NEWEST_CREATED_AT / 1000) + 365 * 86_400,
  };
}

/** Adds the records of the tasks from one age up to, but not including, another. */
export async function addRecords(
  client: DynamoDBClient,
  table: string,
  from: number,
  to: number,
): Promise<void> {
  const documents = DynamoDBDocumentClient.from(client);
  let next = from;
  const addBatches = async (): Promise<void> => {
    while (next < to) {
      const first = next;
      next = Math.min(first + BATCH, to);
      const requests = Array.from({ length: next - first }, (_, index) => ({
        PutRequest: { Item: recordOf(first + index) },
      }));
      await documents.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, addBatches));
}

/** Counts them, as the consumer of the table's stream would. */
export async function countRecords(stats: StatsStore, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += COUNTED_AT_ONCE) {
    const changes = Array.from({ length: Math.min(COUNTED_AT_ONCE, to - first) }, (_, index) => {
      const { sk, owner, queue, status } = recordOf(first + index);
      const sequenceNumber = String(first + index + 1);
      return { taskId: sk, owner, sequenceNumber, from: undefined, to: { queue, status } };
    });
    await stats.apply('shard-of-the-benchmark', changes);
  }
}
