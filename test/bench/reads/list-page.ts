import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { meterDynamodb, newUsage } from '../../../functions/usage-meter.ts';
import { DynamodbTable } from '../../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../../shared/task-log/dynamodb-task-log.ts';
import type { ListQuery, TaskLog } from '../../../shared/task-log/task-log.ts';
import { BenchStack } from '../bench-stack.ts';
import { format, printed } from '../table.ts';
import { addRecords, NAME, OWNER, PARENT } from './many-records.ts';

const SIZES = [1_000, 200_000];
const LIMIT = 20;

const PAGES: readonly { readonly title: string; readonly query: Partial<ListQuery> }[] = [
  { title: "everybody's tasks", query: {} },
  { title: 'tasks of one owner', query: { owner: OWNER } },
  { title: 'children of one parent', query: { parentId: PARENT } },
  { title: 'failed tasks', query: { statuses: ['failed', 'unknown'] } },
  { title: 'tasks of a name that every 5th has', query: { names: [NAME] } },
  { title: 'tasks of an owner, of such a name', query: { owner: OWNER, names: [NAME] } },
  { title: 'tasks of a queue that no task is in', query: { queues: ['none'] } },
];

/** Read units of one page, by the number of records in the log. */
export type ListPageCost = { readonly title: string; readonly units: readonly number[] };

/**
 * What a page of 20 costs while the log grows: at the old end, so that the page stays the same to
 * the byte, and so must its cost.
 */
export async function measureListPages(
  stack: BenchStack,
  sizes: readonly number[] = SIZES,
): Promise<{ pages: ListPageCost[]; counting: ListPageCost }> {
  const { table } = await stack.createResources(['list-page']);
  const usage = newUsage();
  meterDynamodb(stack.dynamodb, usage);
  const documents = DynamoDBDocumentClient.from(stack.dynamodb);
  const log = new DynamodbTaskLog(new DynamodbTable(documents, table), 30);
  const unitsOf = async (read: (log: TaskLog) => Promise<unknown>): Promise<number> => {
    const before = usage.readUnits;
    await read(log);
    return usage.readUnits - before;
  };

  const pages = PAGES.map(({ title, query }) => ({ title, query, units: [] as number[] }));
  const counting = { title: 'counting them all, for page=1', units: [] as number[] };
  let filled = 0;
  for (const size of sizes) {
    await addRecords(stack.dynamodb, table, filled, size);
    filled = size;
    for (const { query, units } of pages) {
      units.push(await unitsOf(() => log.list({ ...query, limit: LIMIT })));
    }
    counting.units.push(await unitsOf(() => log.count({})));
  }
  return { pages: pages.map(({ title, units }) => ({ title, units })), counting };
}

async function main(): Promise<boolean> {
  const stack = await BenchStack.start();
  try {
    const { pages, counting } = await measureListPages(stack);
    const headers = [`page of ${LIMIT}, read units`, ...SIZES.map((size) => format(size, 0))];
    const rows = [...pages, counting].map(({ title, units }) => [
      title,
      ...units.map((count) => format(count, 1)),
    ]);
    process.stdout.write(printed({ headers, rows }));
    return pages.every(({ units }) => new Set(units).size === 1);
  } finally {
    await stack.stop();
  }
}

if (import.meta.main && !(await main())) {
  process.stderr.write('A page costs more in a larger log.\n');
  process.exitCode = 1;
}
