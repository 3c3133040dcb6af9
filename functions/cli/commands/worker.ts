import type { Command } from 'commander';
import type { Logger } from '../../../shared/logger.ts';
import type { WorkerObserver } from '../../../shared/worker/worker-observer.ts';
import type { WorkerOptions } from '../../worker/run-worker.ts';
import { type Cli, type Connection, cliOf, examples } from '../cli.ts';
import { EXIT, refuseAll, usageError } from '../kit/cli-error.ts';
import { wholeNumber } from '../kit/options/parse-option.ts';
import {
  addTaskArguments,
  PARAMETERS_HELP,
  parameterProblems,
  type TaskFlags,
  taskRequestOf,
} from '../kit/options/task-arguments.ts';
import { didYouMean } from '../kit/suggest.ts';
import { interruption } from '../terminal/keyboard.ts';
import { printable } from '../terminal/text.ts';

export function addWorkerCommand(program: Command): void {
  const worker = program
    .command('worker')
    .description('Run tasks until a signal stops the worker')
    .option('--queue <name>', 'Serve only this queue (default: all queues)')
    .option(
      '--limit <polls>',
      'Exit after this many polls of the queue, each of up to `receive` tasks (default: none)',
      wholeNumber(1),
    )
    .option(
      '--concurrency <number>',
      'Tasks at the same time, 1 to 1000 (default: worker.concurrency)',
      wholeNumber(1, 1000),
    )
    .addHelpText(
      'after',
      `
After Ctrl-C (SIGINT), SIGTERM, SIGQUIT or SIGHUP, the worker starts no new task and finishes the running
ones. A second Ctrl-C, SIGTERM or SIGQUIT stops them too and requeues them. SIGUSR2 pauses the worker, SIGCONT resumes it. You can run
any number of workers. A limit of 5 with a \`receive\` of 10 means at most 50 tasks; empty polls count too.
${examples(
  ['worker', 'serve all queues'],
  ['worker --queue priority --concurrency 5', 'serve one queue, five tasks at a time'],
  ['worker --queue priority --limit 5', 'poll one queue five times, for example from cron'],
  ['worker --stack TaskQueue --json', 'serve a deployed stack, with one JSON line per event'],
)}`,
    )
    .action((_options, command: Command) => startWorker(command));
  addWorkerPoolCommand(worker);
}

type PoolFlags = {
  readonly interval: number;
  readonly limitOfCpu: number;
  readonly limitOfMemory: number;
};

const percent = wholeNumber(1, 100);

function addWorkerPoolCommand(worker: Command): void {
  worker
    .command('pool')
    .description('Run each task in its own process, within limits of CPU and memory')
    .option(
      '--interval <seconds>',
      'Time between two looks at the machine, 1 to 3600',
      wholeNumber(1, 3600),
      1,
    )
    .option('--limit-of-cpu <percent>', 'No task starts above this limit, 1 to 100', percent, 80)
    .option('--limit-of-memory <percent>', 'No task starts above this limit, 1 to 100', percent, 80)
    .addHelpText(
      'after',
      `
At each look, the pool may run one more task if the machine is below both limits, and one fewer if it is
above a limit. If a process crashes or is killed, only the attempt of its task fails, and the report says
how the process ended. The options and signals of \`task-queue worker\` apply too.
${examples(
  ['worker pool', 'serve all queues, up to 80 % of CPU and memory'],
  ['worker pool --limit-of-cpu 50 --concurrency 4', 'at most four processes and half of the CPU'],
)}`,
    )
    .action(async (_options, command: Command) => {
      const flags = command.optsWithGlobals<PoolFlags>();
      const { interval: intervalSeconds, limitOfCpu, limitOfMemory } = flags;
      const limits = { cpuPercent: limitOfCpu, memoryPercent: limitOfMemory };
      await startWorker(command, async (logger) => {
        const { workerPool } = await import('../../worker/process-pool/worker-pool.ts');
        return workerPool({ intervalSeconds, limits }, logger);
      });
    });
}

/** Options of `worker` and of what is below it. */
type ServingOptions = {
  readonly queue?: string;
  readonly limit?: number;
  readonly concurrency?: number;
};

/**
 * Runs a worker in this process to its end. On a terminal it shows what it does; else, and with
 * --json, it writes JSON lines like one on AWS.
 */
export async function startWorker(
  command: Command,
  more: (logger: Logger) => Promise<WorkerOptions> = async () => ({}),
): Promise<void> {
  const { queue, limit, concurrency } = command.optsWithGlobals<ServingOptions>();
  if (limit !== undefined && queue === undefined) {
    throw usageError('Limit can be set only if a dedicated queue is set.');
  }
  const cli = cliOf(command);
  const { logger, observer } = await logOf(cli);
  const wiring = await cli.connect({ logger });
  const { config, target, env } = wiring;
  assertQueue(
    queue,
    config.queues.map(({ name }) => name),
  );
  cli.host.setEnvironment({ ...withoutMetrics(env), ...env });
  const [{ runWorker }, { localConfig, workerConfig }] = await Promise.all([
    import('../../worker/run-worker.ts'),
    import('../../../shared/config/worker-config.ts'),
  ]);
  await runWorker(wiring, {
    maxPolls: limit,
    observer,
    configure: (all) =>
      workerConfig(target.isLocal ? localConfig(all) : all, { queue, concurrency }),
    ...(await more(wiring.logger)),
  });
}

/** Outside AWS no CloudWatch reads the line that metrics are per queue and minute. */
const withoutMetrics = ({ AWS_EXECUTION_ENV: onAws }: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  onAws ? {} : { POWERTOOLS_METRICS_DISABLED: 'true' };

/** For people who watch a terminal. */
type TerminalLog = { readonly logger?: Logger; readonly observer?: WorkerObserver };

async function logOf({ options, host, run }: Cli): Promise<TerminalLog> {
  const { stdout } = host;
  if (options.json || !stdout.isTTY) return {};
  const { workerLog } = await import('../terminal/worker-log.ts');
  return workerLog((line) => stdout.write(`${line}\n`), run.paintOn(stdout));
}

function assertQueue(queue: string | undefined, known: readonly string[]): void {
  if (queue === undefined || known.includes(queue)) return;
  const hint = didYouMean(queue, known) || ` There are: ${known.join(', ')}.`;
  throw usageError(`There is no queue "${queue}".${hint}`);
}

export function addRunCommand(program: Command): void {
  const command = program
    .command('run')
    .description('Run one task in this process, without a queue, and print its report')
    .argument('<name>', 'Name of the task');
  addTaskArguments(command)
    .addHelpText(
      'after',
      `${PARAMETERS_HELP}
The task is claimed, run and recorded as in a worker, with one attempt. The exit code is 1 unless it
completes. Ctrl-C aborts its signal and cancels it. A second Ctrl-C ends the process at once, and the
record stays "running". Child tasks wait in their queues for a worker.
${examples(
  ['run compute-statistics -p values=1 -p values=2', 'run a task and print the report'],
  ['run import-results @results.json --json', 'read parameters from a file, print JSON'],
)}`,
    )
    .action(run);
}

async function run(
  name: string,
  source: string | undefined,
  options: TaskFlags,
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  refuseAll(parameterProblems(source, options));
  const connection = await cli.connect();
  const request = await taskRequestOf(name, source, options, connection.catalogue, cli.host);
  const [{ runInline }, { loadHandlers }] = await Promise.all([
    import('../../../shared/worker/inline-runner.ts'),
    import('../kit/connection.ts'),
  ]);
  const { dispatcher, files } = connection;
  const { id } = await runInline(
    request,
    {
      ...connection,
      payloads: files,
      handlers: await loadHandlers(connection.env, cli.host),
      enqueueMany: (requests) => dispatcher.enqueueMany(requests),
      workerId: `cli-${cli.host.pid}`,
    },
    interruption(cli),
  );
  await showEnd(id, connection, cli);
}

async function showEnd(id: string, { log }: Connection, cli: Cli): Promise<void> {
  const { renderReport } = await import('../../../shared/report/report.ts');
  const record = await log.get(id);
  const { status = 'cancelled', queue, report } = record ?? {};
  cli.note(`${id}  ${status}`);
  cli.print({ id, queue, status, report }, () => (report ? printable(renderReport(report)) : ''));
  // Its children run in workers.
  if (status !== 'completed' && status !== 'child_running') cli.run.exitCode ??= EXIT.refused;
}
