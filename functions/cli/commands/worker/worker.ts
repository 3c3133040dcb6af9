import type { Command } from 'commander';
import { examples } from '../../kit/examples.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { startWorker } from '../../kit/start-worker.ts';
import { addWorkerPoolCommand } from './worker-pool.ts';

export function addWorkerCommand(program: Command): void {
  const worker = program
    .command('worker')
    .description('runs tasks until it is told to stop')
    .option('--queue <name>', 'serve this queue alone (default: all, by the strategy)')
    .option(
      '--limit <polls>',
      'end after so many polls of that queue, each of up to `receive` tasks (default: none)',
      wholeNumber(1),
    )
    .option(
      '--concurrency <number>',
      'tasks at once, 1 to 1000 (default: worker.concurrency)',
      wholeNumber(1, 1000),
    )
    .addHelpText(
      'after',
      `
Ctrl-C (SIGINT), SIGTERM or SIGQUIT: no new task, the running ones are finished; a second one stops
them too and hands them back. SIGUSR2 pauses, SIGCONT resumes. Any number of workers may run at once.
A limit of 5 with a \`receive\` of 10 means at most 50 tasks; polls that find nothing count too.
${examples(
  ['worker', 'of all queues, by the strategy and their weights'],
  ['worker --queue priority --concurrency 5', 'of one queue, five tasks at once'],
  ['worker --queue priority --limit 5', 'of one queue, for five polls: from cron, for one'],
  ['worker --stack TaskQueue --json', 'of a deployed stack, with a JSON line for each event'],
)}`,
    )
    .action((_options, command: Command) => startWorker(command));
  addWorkerPoolCommand(worker);
}
