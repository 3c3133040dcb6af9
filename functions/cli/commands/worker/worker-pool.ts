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
    .description('runs each task in a process of its own, as many as the machine carries')
    .option(
      '--interval <seconds>',
      'how often to look at the machine, 1 to 3600',
      wholeNumber(1, 3600),
      1,
    )
    .option('--limit-of-cpu <percent>', 'no task begins above it, 1 to 100', percent, 80)
    .option('--limit-of-memory <percent>', 'no task begins above it, 1 to 100', percent, 80)
    .addHelpText(
      'after',
      `
At each look the pool may run one task more while the machine is under both limits, and one fewer
than it runs above one of them. A task that crashes, leaks or is killed fails its own attempt, with a
report that says how its process ended. Options and signals of \`task-queue worker\` apply too.
${examples(
  ['worker pool', 'of all queues, up to 80 % of processors and memory'],
  ['worker pool --limit-of-cpu 50 --concurrency 4', 'four processes at most, half of the machine'],
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
