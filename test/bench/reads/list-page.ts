import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { meterDynamodb, newUsage } from '../../../functions/usage-meter.ts';
import { DynamodbTable } from '../../../shared/task-log/dynamodb-table.ts';
import { DynamodbTaskLog } from '../../../shared/task-log/dynamodb-task-log.ts';
import type { TaskFilter } from '../../../shared/task-log/task-filter.ts';
import type { ListQuery, TaskLog } from '../../../shared/task-log/task-log.ts';
import { BenchStack } from '../bench-stack.ts';
import { format, printed } from '../table.ts';
import { addRecords, NAME, OWNER, PARENT } from './many-records.ts';

const SIZES = [1_000, 200_000];
const LIMIT = 20;

type Read = { readonly title: string; readonly read: (log: TaskLog) => Promise<unknown> };

const page = (title: string, query: Partial<ListQuery>): Read => ({
  title,
  read: (log) => log.list({ ...query, limit: LIMIT }),
});
const count = (title: string, filter: TaskFilter): Read => ({
  title,
  read: (log) => log.count(filter),
});

const PAGES = [
  page("everybody's tasks", {}),
  page('tasks of one owner', { owner: OWNER }),
  page('children of one parent', { parentId: PARENT }),
  page('failed tasks', { statuses: ['failed', 'unknown'] }),
  page('tasks of a name that every 7th has', { names: [NAME] }),
  page('tasks of one owner of such a name', { owner: OWNER, names: [NAME] }),
  page('tasks of a queue that no task is in', { queues: ['none'] }),
];

const COUNTS = [
  count("everybody's tasks", {}),
  count('tasks of one owner', { owner: OWNER }),
  count('tasks of one owner of a name', { owner: OWNER, names: [NAME] }),
];

/** Read units, in the order of the sizes of the log. */
type Cost = { readonly title: string; readonly units: readonly number[] };

/**
 * What a page of 20, and what counting, cost while the log grows: at its old end, so that the page
 * stays the same to the byte, and so must its cost.
 */
export async function measureLists(
  stack: BenchStack,
  sizes: readonly number[] = SIZES,
): Promise<{ readonly pages: readonly Cost[]; readonly counts: readonly Cost[] }> {
  const { table } = await stack.createResources(['lists']);
  const usage = newUsage();
  meterDynamodb(stack.dynamodb, usage);
  const documents = DynamoDBDocumentClient.from(stack.dynamodb);
  const log = new DynamodbTaskLog(new DynamodbTable(documents, table), { retentionDays: 30 });
  const reads = [...PAGES, ...COUNTS].map((read) => ({ ...read, units: [] as number[] }));
  let filled = 0;
  for (const size of sizes) {
    await addRecords(stack.dynamodb, table, filled, size);
    filled = size;
    for (const { read, units } of reads) {
      const before = usage.readUnits;
      await read(log);
      units.push(usage.readUnits - before);
    }
  }
  return { pages: reads.slice(0, PAGES.length), counts: reads.slice(PAGES.length) };
}

const tableOf = (title: string, costs: readonly Cost[]): string =>
  printed({
    headers: [title, ...SIZES.map((size) => `${format(size, 0)} records`)],
    rows: costs.map(({ title: row, units }) => [row, ...units.map((sum) => format(sum, 1))]),
  });

async function main(): Promise<boolean> {
  const stack = await BenchStack.start();
  try {
    const { pages, counts } = await measureLists(stack);
    process.stdout.write(tableOf(`read units of a page of ${LIMIT}`, pages));
    process.stdout.write(`\n${tableOf('read units of a count', counts)}`);
    return pages.every(({ units: [small = 0, large = Number.NaN] }) => large <= small);
  } finally {
    await stack.stop();
  }
}

if (import.meta.main && !(await main())) {
  process.stderr.write('A page costs more in a larger log.\n');
  process.exitCode = 1;
}
