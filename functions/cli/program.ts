import { Command } from 'commander';
import { EXIT } from './cli-error.ts';
import { addAssociateCommand } from './commands/associate.ts';
import { addCheckCommand } from './commands/check.ts';
import { addConfigCommand } from './commands/config.ts';
import { addImportConfigCommand } from './commands/import-config.ts';
import { addInitCommand } from './commands/init.ts';
import { addQueuesCommand } from './commands/queues.ts';
import { addStatsCommand } from './commands/stats.ts';

/**
 * All commands. Their modules load nothing heavy before an action runs: the help, and errors in the
 * command line, answer at once.
 */
export function createProgram(): Command {
  const program = new Command('task-queue')
    .description('Weighted task queues on AWS: run and operate them.')
    .option('--config <file>', 'the configuration (default: task-queue.config.json)')
    .option('--stack <name>', 'a deployed stack to work on, such as TaskQueue or dev-TaskQueue')
    .option('--aws-profile <name>', 'whose credentials to use')
    .option('--region <name>', 'the region of the stack')
    .option('--json', 'results as JSON, for machines')
    .option('--no-color', 'no colours, as with NO_COLOR set')
    .on('option:no-color', () => {
      process.env['NO_COLOR'] = '1';
    });
  inherited(program);
  for (const add of [
    addAssociateCommand,
    addCheckCommand,
    addConfigCommand,
    addImportConfigCommand,
    addInitCommand,
    addQueuesCommand,
    addStatsCommand,
  ])
    add(program);
  return program;
}

/** Settings that commander hands on to the commands added from now on. */
function inherited(program: Command): void {
  program
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT.usage))
    .showHelpAfterError('Try --help.')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true });
}
