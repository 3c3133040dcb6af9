import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { meterDynamodb, newUsage } from '../../../functions/wiring/usage-meter.ts';
import { DynamodbStatsStore } from '../../../shared/dynamodb/stats/stats-store.ts';
import { DynamodbTable } from '../../../shared/dynamodb/table.ts';
import { dynamodbTaskLog } from '../../../shared/dynamodb/task-log/task-log.ts';
import { DynamodbTransactions } from '../../../shared/dynamodb/transactions.ts';
import type { StatsStore } from '../../../shared/stats/stats-store.ts';
import type { TaskFilter } from '../../../shared/task-log/task-filter.ts';
import type { ListQuery, TaskLog } from '../../../shared/task-log/task-log.ts';
import { BenchStack } from '../bench-stack.ts';
import { format, printed } from '../table.ts';
import { addRecords, countRecords, NAME, OWNER, PARENT } from './many-records.ts';

const SIZES = [1_000, 200_000];
const LIMIT = 20;

type Sources = { readonly log: TaskLog; readonly stats: StatsStore };
type Read = { readonly title: string; readonly read: (from: Sources) => Promise<unknown> };

const page = (title: string, query: Partial<ListQuery>): Read => ({
  title,
  read: ({ log }) => log.list({ ...query, limit: LIMIT }),
});
const count = (title: string, filter: TaskFilter): Read => ({
  title,
  read: ({ log }) => log.count(filter),
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

const STATISTICS: readonly Read[] = [
  { title: 'of everybody', read: ({ stats }) => stats.read(undefined) },
  { title: 'of one owner', read: ({ stats }) => stats.read(OWNER) },
];

const COUNTS = [
  count("everybody's tasks", {}),
  count('tasks of one owner', { owner: OWNER }),
  count('tasks of one owner of a name', { owner: OWNER, names: [NAME] }),
];

/** Read units, in the order of the sizes of the log. */
type Cost = { readonly title: string; readonly units: readonly number[] };

/**
 * Measures a page of 20, statistics and counting while the log grows at its old end. The page stays
 * the same to the byte, so its cost must stay the same too.
 */
async function measure(stack: BenchStack): Promise<Cost[]> {
  const { table: name } = await stack.createResources(['lists']);
  const usage = newUsage();
  meterDynamodb(stack.dynamodb, usage);
  const documents = DynamoDBDocumentClient.from(stack.dynamodb);
  const table = new DynamodbTable(documents, name);
  const log = dynamodbTaskLog(table, { retentionDays: 30 });
  const stats = new DynamodbStatsStore(table, new DynamodbTransactions(documents, name));
  const costs = [...PAGES, ...STATISTICS, ...COUNTS].map((read) => ({
    ...read,
    units: [] as number[],
  }));
  let filled = 0;
  for (const size of SIZES) {
    process.stdout.write(`Filling the log up to ${format(size, 0)} records …\n`);
    await addRecords(stack.dynamodb, name, filled, size);
    await countRecords(stats, filled, size);
    filled = size;
    for (const { read, units } of costs) {
      const before = usage.readUnits;
      await read({ log, stats });
      units.push(usage.readUnits - before);
    }
  }
  return costs;
}

const tableOf = (title: string, costs: readonly Cost[]): string =>
  printed({
    headers: [title, ...SIZES.map((size) => `${format(size, 0)} records`)],
    rows: costs.map(({ title: row, units }) => [row, ...units.map((sum) => format(sum, 1))]),
  });

const stack = await BenchStack.start();
try {
  const costs = await measure(stack);
  const [pages, statistics] = [PAGES.length, PAGES.length + STATISTICS.length];
  process.stdout.write(`\n${tableOf(`read units of a page of ${LIMIT}`, costs.slice(0, pages))}`);
  process.stdout.write(`\n${tableOf('of statistics', costs.slice(pages, statistics))}`);
  process.stdout.write(`\n${tableOf('of a count', costs.slice(statistics))}`);
  const flat = costs.slice(0, statistics);
  const grown = flat.filter(({ units: [small = 0, large = Number.NaN] }) => !(large <= small));
  for (const { title } of grown) {
    process.stderr.write(`${title}: costs more in a larger log.\n`);
    process.exitCode = 1;
  }
} finally {
  await stack.stop();
}
