import type { Command } from 'commander';
import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { FieldProblem } from '../../../shared/errors.ts';
import { messageOf } from '../../../shared/foreign/text.ts';
import type { Logger } from '../../../shared/logger.ts';
import type { QueueResult } from '../../../shared/simulation/meter.ts';
import type { FleetResult } from '../../../shared/simulation/results.ts';
import type { TraceTask } from '../../../shared/simulation/scenario.ts';
import { type Cli, cliOf, examples } from '../cli.ts';
import { CliError } from '../kit/cli-error.ts';
import { list, wholeNumber } from '../kit/options/parse-option.ts';
import { startProgress } from '../terminal/progress.ts';
import { durationText, logLine } from '../terminal/text.ts';
import { textTable } from '../terminal/text-table.ts';

type SimulateOptions = {
  readonly arrivals: string;
  readonly workers: number;
  readonly seed: number;
  readonly compare?: readonly string[];
};

export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('Run the scheduler over your own arrivals, in virtual time, before you change it')
    .requiredOption('--arrivals <file>', 'Tasks to run, one JSON object per line')
    .option('--workers <n>', 'Workers, 1 to 1,000', wholeNumber(1, 1000), 1)
    .option('--compare <files>', 'Other configurations to run, separated by commas', list)
    .option(
      '--seed <n>',
      'Chance of the simulation: the same number, the same result',
      wholeNumber(1),
      1,
    )
    .addHelpText(
      'after',
      `
A line says when a task arrives, in which queue, and how long it runs. \`fails\` is optional:
  {"at": 12.5, "queue": "priority", "runSeconds": 0.2, "fails": false}
\`at\` is in seconds from the start. Worker, scheduler, lanes and leases are those of production. SQS,
PostgreSQL and the task log are models. Nothing is sent, and no credentials are needed.
${examples(
  [
    'simulate --arrivals today.jsonl',
    'how long tasks wait with the configuration of this directory',
  ],
  [
    'simulate --arrivals today.jsonl --workers 4 --compare other.json',
    'compare two configurations',
  ],
  ['simulate --arrivals today.jsonl --json', 'all measurements, with points for charts'],
)}`,
    )
    .action(runSimulations);
}

/** Tasks that never end must not keep the command running: at most a day after the last arrival. */
const LONGEST_SECONDS = 86_400;

async function runSimulations(options: SimulateOptions, command: Command): Promise<void> {
  const cli = cliOf(command);
  const [{ loadConfig }, ownStrategies] = await Promise.all([
    import('../../../shared/config/config-file.ts'),
    cli.ownStrategies(),
  ]);
  const paths = [cli.configPath, ...(options.compare ?? [])];
  const configs = paths.map((path) => ({
    path,
    config: loadConfig(cli.host.pathOf(path), ownStrategies),
  }));
  const lines = await readLines(cli, options.arrivals);
  const results: Simulated[] = [];
  for (const { path, config } of configs) {
    const trace = await traceOf(lines, config, options.arrivals);
    results.push({ config: path, ...(await simulateOne(cli, config, trace, options)) });
  }
  const { workers, seed } = options;
  cli.print({ workers, seed, simulations: results }, () => results.map(textOf).join('\n'));
}

async function readLines({ host }: Cli, path: string): Promise<string[]> {
  const { readFile } = await import('node:fs/promises');
  const bytes = await readFile(host.pathOf(path)).catch((cause: unknown) => {
    throw new CliError(`${path} cannot be read.`, undefined, { cause });
  });
  const { decodeText } = await import('../../../shared/parse-json.ts');
  try {
    return decodeText(bytes).split('\n');
  } catch (error) {
    throw new CliError(`${path} ${messageOf(error)}.`);
  }
}

async function traceOf(
  lines: readonly string[],
  config: TaskQueueConfig,
  path: string,
): Promise<readonly TraceTask[]> {
  const { parseTrace } = await import('../../../shared/simulation/arrivals.ts');
  const served = config.queues.filter(({ broker }) => broker.type !== 'memory');
  const parsed = parseTrace(
    lines,
    served.map(({ name }) => name),
  );
  if ('tasks' in parsed) return parsed.tasks;
  const textOfProblem = ({ path: at, message }: FieldProblem): string => `  - ${at}: ${message}`;
  throw new CliError([`${path} is invalid:`, ...parsed.problems.map(textOfProblem)].join('\n'));
}

async function simulateOne(
  cli: Cli,
  config: TaskQueueConfig,
  trace: readonly TraceTask[],
  { workers, seed }: SimulateOptions,
) {
  const [{ simulate }, { scenarioOf }, { strategyCatalogue }, { strategies }] = await Promise.all([
    import('../../../shared/simulation/simulate.ts'),
    import('../../../shared/simulation/scenario.ts'),
    import('../../../shared/selector/own-strategy.ts'),
    import('#tasks/strategies'),
  ]);
  const lastArrival = trace.reduce((last, { at }) => Math.max(last, at), 0);
  const scenario = scenarioOf(config, {
    trace: [...trace],
    workers: [{ count: workers }],
    seconds: lastArrival + LONGEST_SECONDS,
    endsWhenDone: true,
  });
  const progress = startProgress(cli, lastArrival);
  const result = await simulate(scenario, {
    seed,
    strategies: strategyCatalogue(strategies),
    logger: errorsOnce(cli),
    onMoment: ({ second }) => progress.update(second, `${durationText(second)} simulated`),
  });
  progress.end();
  return result;
}

/** Shows each error of the workers once, such as that a strategy of the project fails. */
function errorsOnce({ note }: Cli): Logger {
  const shown = new Set<string>();
  return {
    info: () => undefined,
    warn: () => undefined,
    error: (message, fields) => {
      if (!shown.has(message)) note(logLine(message, fields));
      shown.add(message);
    },
  };
}

type Simulated = {
  readonly config: string;
  readonly queues: readonly QueueResult[];
  readonly fleet: FleetResult;
};

const HEADERS = [
  ...['queue', 'tasks', 'wait p50', 'p99', 'longest', 'not begun', 'receives per task'],
  'requeues per task',
];

function textOf({ config, queues, fleet }: Simulated): string {
  const busy = (fleet.busy * 100).toFixed(0);
  const took = durationText(fleet.workSeconds);
  const open = fleet.open > 0 ? `, ${fleet.open} tasks have not ended` : '';
  return `${config}: all tasks took ${took}, slots were ${busy} % busy${open}
${textTable(HEADERS, queues.map(rowOf))}`;
}

function rowOf({ queue, arrived, started, waits, receives, requeues }: QueueResult): string[] {
  const perTask = (count: number): string => (arrived === 0 ? '0' : (count / arrived).toFixed(2));
  return [
    queue,
    String(arrived),
    durationText(waits.p50),
    durationText(waits.p99),
    durationText(waits.max),
    String(arrived - started),
    perTask(receives),
    perTask(requeues),
  ];
}
