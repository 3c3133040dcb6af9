import type { Command } from 'commander';
import type { Logger } from '../../../shared/logger.ts';
import type { WorkerOptions } from '../../worker/run-worker.ts';
import { type Cli, cliOf } from '../cli.ts';
import type { workerLog } from '../terminal/worker-log.ts';
import { usageError } from './cli-error.ts';
import { didYouMean } from './suggest.ts';

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
  const { adoptEnvironment } = await import('./connection.ts');
  adoptEnvironment({ ...withoutMetrics(env), ...env });
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

async function logOf({ options }: Cli): Promise<Partial<ReturnType<typeof workerLog>>> {
  if (options.json || !process.stdout.isTTY) return {};
  return (await import('../terminal/worker-log.ts')).workerLog();
}

function assertQueue(queue: string | undefined, known: readonly string[]): void {
  if (queue === undefined || known.includes(queue)) return;
  const hint = didYouMean(queue, known) || ` There are: ${known.join(', ')}.`;
  throw usageError(`There is no queue "${queue}".${hint}`);
}
