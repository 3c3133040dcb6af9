import { Command } from 'commander';
import { VERSION } from '../version.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addCheckCommand, addConfigCommand } from './commands/configuration/check.ts';
import { addInitCommand } from './commands/configuration/init.ts';
import { addCostCommand } from './commands/cost/cost.ts';
import { addDlqCommand } from './commands/dlq/dlq.ts';
import { addEnqueueCommand } from './commands/enqueue.ts';
import { addAssociateCommand } from './commands/queues/associate.ts';
import { addPauseCommands, addWeightsCommand } from './commands/queues/live.ts';
import { addQueuesCommand } from './commands/queues/queues.ts';
import { addStatsCommand } from './commands/stats.ts';
import { addStuckCommand } from './commands/stuck.ts';
import { TAO_COMMANDS } from './commands/tao/tao.ts'; // TAO
import { addRerunCommand } from './commands/tasks/retry.ts';
import { addTasksCommand } from './commands/tasks/tasks.ts';
import { addRunCommand, addWorkerCommand } from './commands/worker.ts';
import { EXIT } from './kit/cli-error.ts';
import { withoutColours } from './terminal/text.ts';

const COMMANDS = [
  addAssociateCommand,
  addCheckCommand,
  addCompletionCommand,
  addConfigCommand,
  addCostCommand,
  addDlqCommand,
  addEnqueueCommand,
  addInitCommand,
  addPauseCommands,
  addQueuesCommand,
  addRerunCommand,
  addRunCommand,
  addStatsCommand,
  addStuckCommand,
  addTasksCommand,
  addWeightsCommand,
  addWorkerCommand,
  ...TAO_COMMANDS, // TAO
];

/**
 * Creates the program with all commands. Their modules load nothing heavy before an action runs, so that
 * the help and errors of the command line appear at once.
 */
export function createProgram(): Command {
  const program = new Command('task-queue')
    .description('Run and operate weighted task queues on AWS')
    .version(VERSION, '-V, --version', 'Print the version')
    .option('--config <file>', 'Configuration file (default: task-queue.config.json)')
    .option('--stack <name>', 'Deployed stack to work on, such as TaskQueue or dev-TaskQueue')
    .option('--aws-profile <name>', 'Profile of the credentials to use')
    .option('--region <name>', 'Region of the stack')
    .option('--json', 'Print results as JSON')
    .option('--no-color', 'Print without colors, as if NO_COLOR were set')
    .on('option:no-color', withoutColours);
  inherited(program);
  for (const add of COMMANDS) add(program);
  return program;
}

/** Settings that commands inherit if they are added afterwards. */
function inherited(program: Command): void {
  program
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT.usage))
    .showHelpAfterError('Try --help.')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true });
}
