import type { DeploymentCounts } from '../../../../shared/cost/deployment-counts.ts';
import type { PriceTable } from '../../../../shared/cost/prices.ts';
import type { Cli } from '../../cli.ts';
import { textTable } from '../../terminal/text-table.ts';
import { chosenQueues, notCounted, notCountedNote, pricesNote } from './cost-options.ts';

type StackOptions = {
  readonly hours: number;
  readonly service: string;
  readonly queue?: string[];
};

/** Reads a deployment's usage, as its workers and AWS have counted it. */
export async function countStack(
  cli: Cli,
  { hours, service, queue }: StackOptions,
  prices: PriceTable,
): Promise<void> {
  const { config, resources, target, env } = await cli.connect();
  const names = chosenQueues(config.queues, queue)
    .filter(({ broker }) => broker.type === 'sqs')
    .map(({ name }) => name);
  const [{ readStackMetrics }, { costOfDeployment }] = await Promise.all([
    import('../../../wiring/deployed-stack.ts'),
    import('../../../../shared/cost/deployment-counts.ts'),
  ]);
  const counts = await readStackMetrics({ resources, queues: names, hours, service, env });
  const cost = costOfDeployment(counts, hours, prices);
  const json = { deployment: target.title, hours, ...counts, cost, prices };
  cli.print({ ...json, notCounted: notCounted(config) }, () =>
    [
      `The last ${hours} h of ${target.title}\n`,
      queuesTable(counts),
      tableOf(counts, cost),
      `${notCountedNote(config)}Requests of workers: counted by them; of several workers, calculated from the mean of a minute.
Requests to send: messages as SQS counts them, so at most. Units: as DynamoDB bills them, those of the
API's reads and of the statistics too. ${pricesNote(prices)}`,
    ].join('\n'),
  );
}

function queuesTable({ queues }: DeploymentCounts): string {
  return textTable(
    ['queue', 'tasks ended', 'requests to send', 'requests of workers', 'idle polls', 'a task'],
    queues.map(({ queue, tasks, sends, workerRequests, idlePolls }) => [
      queue,
      ...[tasks, sends, workerRequests, idlePolls].map((count) => String(Math.round(count))),
      perTask(sends + workerRequests, tasks),
    ]),
  );
}

function tableOf(
  { queues, writeUnits, readUnits }: DeploymentCounts,
  cost: Record<'sqs' | 'writes' | 'reads' | 'total' | 'perMonth', number>,
): string {
  const tasks = queues.reduce((sum, queue) => sum + queue.tasks, 0);
  const requests = queues.reduce(
    (sum, queue) => sum + queue.sends + queue.workerRequests + queue.idlePolls,
    0,
  );
  const row = (name: string, count: number, usd: number) => [
    name,
    String(Math.round(count)),
    perTask(count, tasks),
    usd.toFixed(4),
    perTask(usd * 1e6, tasks),
  ];
  return textTable(
    ['', 'in all', 'a task', 'USD', 'USD per million tasks'],
    [
      row('SQS requests', requests, cost.sqs),
      row('write units', writeUnits, cost.writes),
      row('read units', readUnits, cost.reads),
      ['total', '', '', cost.total.toFixed(4), perTask(cost.total * 1e6, tasks)],
      ['a month like this', '', '', cost.perMonth.toFixed(4), ''],
    ],
  );
}

const perTask = (count: number, tasks: number): string =>
  tasks === 0 ? '' : (count / tasks).toFixed(2);
