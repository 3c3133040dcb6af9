import type { Command } from 'commander';
import type { TaskQueueConfig } from '../../../../shared/config/config.ts';
import type { DeploymentCounts } from '../../../../shared/cost/deployment-counts.ts';
import type { PriceTable } from '../../../../shared/cost/prices.ts';
import type { QueueCounts, TaskCounts } from '../../../../shared/cost/task-cost.ts';
import { type Cli, cliOf, examples } from '../../cli.ts';
import { usageError } from '../../kit/cli-error.ts';
import { list, wholeNumber } from '../../kit/options/parse-option.ts';
import { textTable } from '../../terminal/text-table.ts';
import {
  addLoadOptions,
  chosenQueues,
  countHere,
  type LoadOptions,
  notCounted,
  notCountedNote,
  pricesFrom,
  pricesNote,
  pricesOption,
} from './cost-options.ts';
import { addCostPlanCommand } from './cost-plan.ts';

type CountOptions = LoadOptions & {
  readonly queue?: string[];
  readonly workers: number;
  readonly hours: number;
  readonly service: string;
};

/** Options that apply only without --stack, or only with it, by their attribute. */
const OF_HERE = ['tasks', 'batch', 'payloadBytes', 'fileBytes', 'owner', 'workers'];
const OF_STACK = ['hours', 'service'];

/** `task-queue cost …` */
export function addCostCommand(program: Command): void {
  const cost = program.command('cost').description('Count what tasks cost on AWS');
  addLoadOptions(cost.command('count', { isDefault: true }))
    .description('Count the AWS requests of one task in each queue, and their cost')
    .option('--queue <names>', 'Only these queues, separated by commas', list)
    .option('--workers <n>', 'Workers that wait for tasks, 1 to 1,000', wholeNumber(1, 1000), 1)
    .option('--hours <n>', 'With --stack: the last 1 to 360 hours', wholeNumber(1, 360), 24)
    .option(
      '--service <name>',
      'With --stack: POWERTOOLS_SERVICE_NAME of its workers',
      'task-queue',
    )
    .addHelpText(
      'after',
      `
Starts SQS, DynamoDB and S3 emulators, runs empty tasks through the real dispatcher and worker, and counts
requests and capacity units. Sends nothing to AWS and removes all data afterwards. With --stack, it runs no
tasks and reads the CloudWatch metrics of a deployment. Without a command, \`cost\` is \`cost count\`.
${examples(
  ['cost', 'the cost of a million tasks in each queue'],
  ['cost --owner --payload-bytes 2000', 'tasks with an owner and larger parameters'],
  ['cost --stack TaskQueue --hours 72', 'what a deployment used in three days'],
)}`,
    )
    .action(count);
  addCostPlanCommand(cost);
  cost
    .command('prices')
    .description('Print the prices, with their dates and sources')
    .addOption(pricesOption())
    .addHelpText(
      'after',
      examples(
        ['cost prices', 'print each price and the month it was looked up'],
        [
          'cost prices --json > prices.json',
          'save them, to edit and use with --prices prices.json',
        ],
      ),
    )
    .action(showPrices);
}

async function count(options: CountOptions, command: Command): Promise<void> {
  const cli = cliOf(command);
  const hasStack = cli.options.stack !== undefined;
  assertNone(command, hasStack ? OF_HERE : OF_STACK, hasStack ? 'exclude' : 'need');
  const prices = await pricesFrom(options, cli.host);
  if (hasStack) return countStack(cli, options, prices);
  const { loadConfig } = await import('../../../../shared/config/config-file.ts');
  const all = loadConfig(cli.host.pathOf(cli.configPath), 'any');
  const config = { ...all, queues: chosenQueues(all.queues, options.queue) };
  const counts = await countHere(cli, config, options);
  await print(cli, options, { config, counts, prices });
}

/** @throws {CliError} naming the options that do not go with --stack, or not without it */
function assertNone(command: Command, attributes: readonly string[], verb: 'exclude' | 'need') {
  const given = command.options
    .filter((option) => attributes.includes(option.attributeName()))
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ long }) => long);
  if (given.length === 0) return;
  const what = verb === 'need' ? 'need --stack' : 'do not apply with --stack';
  throw usageError(`${given.join(', ')}: these options ${what}.`);
}

type Found = {
  readonly config: TaskQueueConfig;
  readonly counts: readonly QueueCounts[];
  readonly prices: PriceTable;
};

async function print(
  cli: Cli,
  { workers, tasks, owner = false, payloadBytes, fileBytes, batch }: CountOptions,
  { config, counts, prices }: Found,
): Promise<void> {
  const { costPerMillion, idleCostPerMonth, idlePollsPerMonth } = await import(
    '../../../../shared/cost/task-cost.ts'
  );
  const { pollWaitSeconds } = config.worker;
  const queues = counts.filter(({ broker }) => broker === 'sqs').length;
  const waiting = { queues, workers, pollWaitSeconds };
  const idle = {
    pollsPerMonth: idlePollsPerMonth(waiting),
    usdPerMonth: idleCostPerMonth(waiting, prices),
  };
  const priced = counts.map((of) => ({
    ...of,
    usdPerMillion: {
      burst: costPerMillion(of.burst, prices),
      single: costPerMillion(of.single, prices),
    },
  }));
  const counted = { tasks, batch, owner, payloadBytes, fileBytes };
  const json = { counted, queues: priced, idle: { ...waiting, ...idle }, prices };
  cli.print({ ...json, notCounted: notCounted(config) }, () => {
    const rows = priced.flatMap(({ queue, burst, single, usdPerMillion }) => [
      rowOf(queue, 'in bursts', burst, usdPerMillion.burst.total),
      rowOf(queue, 'one by one', single, usdPerMillion.single.total),
    ]);
    return `${textTable(HEADERS, rows)}
Waiting for tasks, SQS queues ${queues}, workers ${workers}, polls of ${pollWaitSeconds} s: at most $${idle.usdPerMonth.toFixed(2)} a month.
Counted: ${tasks} tasks a queue, ${owner ? 'with' : 'without'} owner, parameters of ${payloadBytes} bytes${fileBytes > 0 ? `, a file of ${fileBytes} bytes` : ''}; in bursts, ${batch} in a request.
${notCountedNote(config)}Without worker, API and statistics, which \`task-queue cost plan\` adds. ${pricesNote(prices)}\n`;
  });
}

const HEADERS = [
  ...['queue', 'tasks come', 'SQS requests', 'write units', 'read units', 'S3 requests'],
  'USD per million tasks',
];

function rowOf(queue: string, arrival: string, counts: TaskCounts, usd: number): string[] {
  const { sends, receives, deletes, writeUnits, readUnits, s3Puts, s3Gets } = counts;
  const numbers = [sends + receives + deletes, writeUnits, readUnits, s3Puts + s3Gets, usd];
  return [queue, arrival, ...numbers.map((number) => number.toFixed(2))];
}

async function showPrices(options: { readonly prices?: string }, command: Command): Promise<void> {
  const cli = cliOf(command);
  const prices = await pricesFrom(options, cli.host);
  cli.print(prices, () => {
    const rows = Object.entries(prices.prices).map(([name, { usd, date, source }]) => [
      name,
      String(usd),
      date,
      source,
    ]);
    return `${textTable(['price', 'USD', 'looked up', 'source'], rows)}\n${pricesNote(prices)}`;
  });
}

type StackOptions = {
  readonly hours: number;
  readonly service: string;
  readonly queue?: string[];
};

/** Reads a deployment's usage, as its workers and AWS have counted it. */
async function countStack(
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
