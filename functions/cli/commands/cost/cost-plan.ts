import type { Command } from 'commander';
import type { TaskQueueConfig } from '../../../../shared/config/config.ts';
import type { PlanInput } from '../../../../shared/cost/monthly-plan.ts';
import type { Arrival, QueueCounts } from '../../../../shared/cost/task-counts.ts';
import { MAX_LEASE_SECONDS } from '../../../../shared/limits.ts';
import { cliOf } from '../../cli.ts';
import { countHere } from '../../cost/count-here.ts';
import { notCounted, notCountedNote } from '../../cost/counted.ts';
import { addLoadOptions, type LoadOptions } from '../../cost/load-options.ts';
import { pricesFrom } from '../../cost/prices.ts';
import { sharesOf } from '../../cost/queues.ts';
import { type PlanResult, renderPlan } from '../../cost/render-plan.ts';
import { examples } from '../../kit/examples.ts';
import { decimal, list, wholeNumber } from '../../kit/options/parse-option.ts';

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
  const prices = await pricesFrom(options);
  const { loadConfig } = await import('../../../../shared/config/config-file.ts');
  const config = loadConfig(cli.configPath);
  const shares = sharesOf(config.queues, options.share);
  const counts = await countHere(config, options);
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
  cli.print(result, () => `${renderPlan(result)}${notCountedNote(config)}`);
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
