import type { Command } from 'commander';
import { examples } from '../../kit/examples.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { startWorker } from '../../kit/start-worker.ts';
import { addWorkerPoolCommand } from './worker-pool.ts';

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
After Ctrl-C (SIGINT), SIGTERM or SIGQUIT, the worker starts no new task and finishes the running ones. A
second signal stops them too and requeues them. SIGUSR2 pauses the worker, SIGCONT resumes it. You can run
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
