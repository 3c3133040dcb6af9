import type { Command } from 'commander';
import { examples } from '../../kit/examples.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { startWorker } from '../../kit/start-worker.ts';

type PoolFlags = {
  readonly interval: number;
  readonly limitOfCpu: number;
  readonly limitOfMemory: number;
};

const percent = wholeNumber(1, 100);

export function addWorkerPoolCommand(worker: Command): void {
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
        const { workerPool } = await import('../../../worker/process-pool/worker-pool.ts');
        return workerPool({ intervalSeconds, limits }, logger);
      });
    });
}
