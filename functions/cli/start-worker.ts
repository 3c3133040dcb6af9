import type { Command } from 'commander';
import type { WorkerOptions } from '../run-worker.ts';
import { type Cli, cliOf } from './cli.ts';
import { usageError } from './cli-error.ts';
import { wholeNumber } from './parse-option.ts';
import { didYouMean } from './suggest.ts';
import type { workerLog } from './terminal/worker-log.ts';

/** Options of whatever runs tasks. */
export type ServingOptions = {
  readonly queue?: string;
  readonly limit?: number;
  readonly concurrency?: number;
};

/** @param what runs at once, for people: "tasks" */
export const servingOptions = (command: Command, what: string): Command =>
  command
    .option('--queue <name>', 'serve this queue alone (default: all, by the strategy)')
    .option(
      '--limit <polls>',
      'end after so many polls of that queue, each of up to `receive` tasks (default: none)',
      wholeNumber(1),
    )
    .option(
      '--concurrency <number>',
      `${what} at once, 1 to 1000 (default: worker.concurrency)`,
      wholeNumber(1, 1000),
    );

/**
 * Runs a worker in this process to its end. On a terminal it shows what it does; else, and with
 * --json, it writes JSON lines like one on AWS.
 */
export async function startWorker(command: Command, more: WorkerOptions = {}): Promise<void> {
  const { queue, limit, concurrency } = command.optsWithGlobals<ServingOptions>();
  if (limit !== undefined && queue === undefined) {
    throw usageError('Limit can be set only if a dedicated queue is set.');
  }
  const cli = cliOf(command);
  const { logger, observer } = await logOf(cli);
  const wiring = await cli.connect({ logger });
  const { config, deployment } = wiring;
  assertQueue(
    queue,
    config.queues.map(({ name }) => name),
  );
  // One line per queue and minute, for a CloudWatch that is not here.
  if (!process.env['AWS_EXECUTION_ENV']) process.env['POWERTOOLS_METRICS_DISABLED'] ??= 'true';
  const [{ runWorker }, { workerConfig }, { localConfig }] = await Promise.all([
    import('../run-worker.ts'),
    import('../../shared/config/worker-config.ts'),
    import('../../shared/config/local-config.ts'),
  ]);
  await runWorker(wiring, {
    maxPolls: limit,
    ...(observer && { observer }),
    configure: (all) =>
      workerConfig(deployment.isLocal ? localConfig(all) : all, { queue, concurrency }),
    ...more,
  });
}

async function logOf({ options }: Cli): Promise<Partial<ReturnType<typeof workerLog>>> {
  if (options.json || !process.stdout.isTTY) return {};
  return (await import('./terminal/worker-log.ts')).workerLog();
}

function assertQueue(queue: string | undefined, known: readonly string[]): void {
  if (queue === undefined || known.includes(queue)) return;
  const hint = didYouMean(queue, known) || ` There are: ${known.join(', ')}.`;
  throw usageError(`There is no queue "${queue}".${hint}`);
}
