import type { Command } from 'commander';
import type { TaskQueueConfig } from '../../../../shared/config/config.ts';
import type { MonthlyPlan, PlanInput } from '../../../../shared/cost/monthly-plan.ts';
import type { PriceTable } from '../../../../shared/cost/prices.ts';
import type { Arrival, QueueCounts } from '../../../../shared/cost/task-cost.ts';
import { MAX_LEASE_SECONDS } from '../../../../shared/limits.ts';
import { cliOf, examples } from '../../cli.ts';
import { decimal, list, wholeNumber } from '../../kit/options/parse-option.ts';
import type { Paint } from '../../terminal/text.ts';
import { textTable } from '../../terminal/text-table.ts';
import {
  addLoadOptions,
  countHere,
  type LoadOptions,
  notCounted,
  notCountedNote,
  pricesFrom,
  pricesNote,
  sharesOf,
} from './cost-options.ts';

type PlanOptions = LoadOptions & {
  readonly tasksPerMonth: number;
  readonly oneByOne?: boolean;
  readonly share?: string[];
  readonly averageSeconds: number;
  readonly workers: number;
  readonly lambdaMs: number;
};

export function addCostPlanCommand(cost: Command): void {
  addLoadOptions(cost.command('plan'))
    .description('Estimate the bill of a month by service, from counted requests')
    .requiredOption(
      '--tasks-per-month <n>',
      'Tasks in all queues, 1 to 10^12',
      wholeNumber(1, 1e12),
    )
    .option('--one-by-one', 'Tasks arrive one by one (default: in bursts)')
    .option(
      '--share <queue=share>',
      'Share of a queue, 0 to 1; repeatable (default: by the weights)',
      list,
    )
    .option(
      '--average-seconds <s>',
      'Mean run time of a task, up to 43,200',
      decimal(0, MAX_LEASE_SECONDS),
      1,
    )
    .option('--workers <n>', 'Workers that run all month, 1 to 1,000', wholeNumber(1, 1000), 1)
    .option('--lambda-ms <ms>', 'Assumed run time of a Lambda request', wholeNumber(1, 29_000), 25)
    .addHelpText(
      'after',
      `
Counts as \`cost\` does, and adds what follows from the settings: the worker, the API, waiting, statistics,
storage. docs/costs.md says how each number comes about.
${examples(
  ['cost plan --tasks-per-month 1000000', 'of a million tasks that come in bursts'],
  [
    'cost plan --tasks-per-month 5000000 --owner --one-by-one --average-seconds 20 --workers 4',
    'each enqueued alone, with an owner, 20 s long',
  ],
  ['cost plan --tasks-per-month 100000 --share priority=0.2', 'a fifth of them in one queue'],
)}`,
    )
    .action(plan);
}

async function plan(options: PlanOptions, command: Command): Promise<void> {
  const cli = cliOf(command);
  const prices = await pricesFrom(options, cli.host);
  const { loadConfig } = await import('../../../../shared/config/config-file.ts');
  const config = loadConfig(cli.host.pathOf(cli.configPath), 'any');
  const shares = sharesOf(config.queues, options.share);
  const counts = await countHere(cli, config, options);
  const { monthlyPlan } = await import('../../../../shared/cost/monthly-plan.ts');
  const { idleCostPerMonth } = await import('../../../../shared/cost/task-cost.ts');
  const planOf = (arrival: Arrival) =>
    monthlyPlan(planInput(config, options, { counts, shares, arrival }), prices);
  const arrival: Arrival = options.oneByOne ? 'single' : 'burst';
  const alternatives = (['burst', 'single'] as const).map((how) => ({
    arrival: how,
    usd: planOf(how).usd,
  }));
  const queues = counts.filter(({ broker }) => broker === 'sqs').length;
  const waits = [20, 10, 5, 1].map((pollWaitSeconds) => ({
    pollWaitSeconds,
    usd: idleCostPerMonth({ queues, workers: options.workers, pollWaitSeconds }, prices),
  }));
  const result: PlanResult = {
    tasksPerMonth: options.tasksPerMonth,
    arrival,
    shares: Object.fromEntries(shares),
    ...planOf(arrival),
    alternatives,
    waits,
    counts,
    prices,
    notCounted: notCounted(config),
  };
  cli.print(result, (paint) => `${renderPlan(result, paint)}${notCountedNote(config)}`);
}

function planInput(
  { worker, taskLog, events }: TaskQueueConfig,
  { owner = false, ...options }: PlanOptions,
  {
    counts,
    shares,
    arrival,
  }: {
    readonly counts: readonly QueueCounts[];
    readonly shares: ReadonlyMap<string, number>;
    readonly arrival: Arrival;
  },
): PlanInput {
  const { retentionDays } = taskLog;
  return {
    ...options,
    ...worker,
    arrival,
    hasOwner: owner,
    isLogOnSql: taskLog.type === 'postgres',
    hasEvents: events !== undefined,
    queues: counts.map((of) => ({ share: shares.get(of.queue) ?? 0, counts: of })),
    retentionDays:
      typeof retentionDays === 'number' ? retentionDays : Math.max(...Object.values(retentionDays)),
  };
}

type PlanResult = MonthlyPlan & {
  readonly tasksPerMonth: number;
  readonly arrival: Arrival;
  readonly shares: Readonly<Record<string, number>>;
  readonly alternatives: readonly {
    readonly arrival: Arrival;
    readonly usd: number;
  }[];
  /** Upper bound of a month's cost of waiting, by the wait time of a poll. */
  readonly waits: readonly { readonly pollWaitSeconds: number; readonly usd: number }[];
  readonly counts: readonly QueueCounts[];
  readonly prices: PriceTable;
  /** Parts that are paid by the capacity of a database. */
  readonly notCounted: readonly string[];
};

/** For people. */
function renderPlan(plan: PlanResult, paint: Paint): string {
  const { lines, usd, tasksPerMonth, alternatives, waits, prices } = plan;
  const rows = lines.map((line) => [
    line.service,
    line.what,
    amount(line.quantity),
    line.basis,
    dollars(line.usd),
  ]);
  const bill = textTable(['service', 'what', 'a month', 'how known', 'USD'], rows);
  const others = textTable(
    ['tasks come', 'USD a month'],
    alternatives.map(({ arrival, usd: sum }) => [IN_WORDS[arrival], dollars(sum)]),
  );
  const polls = textTable(
    ['polls of, s', 'waiting, at most USD a month'],
    waits.map(({ pollWaitSeconds, usd: sum }) => [String(pollWaitSeconds), dollars(sum)]),
  );
  const perMillion = dollars((usd / tasksPerMonth) * 1e6);
  return `${bill}
${amount(tasksPerMonth)} tasks that come ${IN_WORDS[plan.arrival]}: ${paint('bold', `$${dollars(usd)} a month`)}, $${perMillion} a million.
${slotsOf(plan, paint)}

Instead:

${others}
${polls}
${pricesNote(prices)}\n`;
}

const IN_WORDS = { burst: 'in bursts', single: 'one by one' } as const;

function slotsOf({ utilization, workersNeeded }: PlanResult, paint: Paint): string {
  const busy = `${(utilization * 100).toFixed(1)} % of all slots are busy`;
  if (utilization <= 1) return `${busy}, on average.`;
  return paint(
    'yellow',
    `${busy}: there must be at least ${workersNeeded} workers, --workers ${workersNeeded}.`,
  );
}

const dollars = (usd: number): string => usd.toFixed(2);

const amount = (quantity: number): string =>
  quantity.toLocaleString('en-US', { maximumFractionDigits: quantity < 100 ? 2 : 0 });
