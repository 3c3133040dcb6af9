import { type Command, CommanderError, type OutputConfiguration } from 'commander';
import { VERSION } from '../version.ts';
import { Program } from './cli.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addCheckCommand, addConfigCommand, addInitCommand } from './commands/configuration.ts';
import { addCostCommand } from './commands/cost/cost.ts';
import { addDlqCommand } from './commands/dlq/dlq.ts';
import { addEnqueueCommand } from './commands/enqueue.ts';
import { addAssociateCommand } from './commands/queues/associate.ts';
import { addPauseCommands, addQueuesCommand, addWeightsCommand } from './commands/queues/queues.ts';
import { addSimulateCommand } from './commands/simulate.ts';
import { addStatsCommand } from './commands/stats.ts';
import { addStuckCommand } from './commands/stuck.ts';
import { TAO_COMMANDS } from './commands/tao/tao.ts'; // TAO
import { addRerunCommand } from './commands/tasks/retry.ts';
import { addTasksCommand } from './commands/tasks/tasks.ts';
import { addRunCommand, addWorkerCommand } from './commands/worker.ts';
import { CommandRun, type Host, type Output } from './host.ts';
import { EXIT, reportError } from './kit/cli-error.ts';

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
  addSimulateCommand,
  addStatsCommand,
  addStuckCommand,
  addTasksCommand,
  addWeightsCommand,
  addWorkerCommand,
  ...TAO_COMMANDS, // TAO
];

/**
 * Runs one command line to its end. Writes errors to standard error and closes what the command opened.
 * @param args the words after the name of the program
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], host: Host): Promise<number> {
  const run = new CommandRun(host);
  try {
    await createProgram(run).parseAsync(args, { from: 'user' });
    return run.exitCode ?? 0;
  } catch (error) {
    // Commander has written the help, the version or the error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    return reportError(error, run);
  } finally {
    await run.close();
  }
}

/**
 * Creates the program with all commands. Their modules load nothing heavy before an action runs, so that
 * the help and errors of the command line appear at once.
 * @param run absent: nothing is run, as for the documentation of the commands
 */
export function createProgram(run?: CommandRun): Command {
  const program = new Program('task-queue', run)
    .description('Run and operate weighted task queues on AWS')
    .version(VERSION, '-V, --version', 'Print the version')
    .option('--config <file>', 'Configuration file (default: task-queue.config.json)')
    .option('--stack <name>', 'Deployed stack to work on, such as TaskQueue or dev-TaskQueue')
    .option('--aws-profile <name>', 'Profile of the credentials to use')
    .option('--region <name>', 'Region of the stack')
    .option('--json', 'Print results as JSON')
    .option('--no-color', 'Print without colors, as if NO_COLOR were set')
    .on('option:no-color', () => {
      if (run) run.hasColours = false;
    });
  inherited(program, run?.host);
  for (const add of COMMANDS) add(program);
  return program;
}

/** Settings that commands inherit if they are added afterwards. */
function inherited(program: Command, host: Host | undefined): void {
  program
    .exitOverride()
    .configureOutput(host ? outputsOf(host) : {})
    .showHelpAfterError('Try --help.')
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true });
}

const outputsOf = ({ stdout, stderr }: Host): OutputConfiguration => ({
  writeOut: (text) => stdout.write(text),
  writeErr: (text) => stderr.write(text),
  getOutHelpWidth: () => widthOf(stdout),
  getErrHelpWidth: () => widthOf(stderr),
});

/** Commander breaks lines at 80 columns where there is no terminal. */
const widthOf = ({ isTTY, columns }: Output): number => (isTTY ? columns : undefined) ?? 80;
