#!/usr/bin/env node
import { Command } from 'commander';
import { loadConfig } from '../../shared/config/load-config.ts';
import { TaskQueueError } from '../../shared/errors.ts';
import { addStatsCommand } from './stats-command.ts';

/** Exit codes: 0 ok, 1 refused or failed, 2 usage. */
const USAGE_ERROR = 2;

const program = new Command('task-queue')
  .description('Weighted task queues on AWS.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE_ERROR))
  .showHelpAfterError('Try task-queue --help.')
  .showSuggestionAfterError();

program
  .command('config')
  .description('checks the configuration and prints it with its defaults filled in')
  .option('--file <path>', 'the configuration', 'task-queue.config.json')
  .addHelpText('after', '\nExample:\n  $ task-queue config --file task-queue.config.json')
  .action(({ file }: { file: string }) => {
    process.stdout.write(`${JSON.stringify(loadConfig(file), null, 2)}\n`);
  });

addStatsCommand(program);

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof TaskQueueError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
