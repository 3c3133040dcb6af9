import type { Command } from 'commander';
import { statsView, taskView } from '../../../../shared/api/views.ts';
import { decide, type Verb } from '../../../../shared/task-log/commands.ts';
import { TASK_STATUSES } from '../../../../shared/task-log/status.ts';
import type { CommandOptions } from '../../../../shared/task-log/task-log.ts';
import { type Cli, type Connection, cliOf, examples } from '../../cli.ts';
import { refuseAll } from '../../kit/cli-error.ts';
import { existingTask } from '../../kit/named-tasks.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';

type LogOptions = {
  readonly stats?: boolean;
  readonly available?: boolean;
  readonly limit?: number;
  readonly offset?: number;
  readonly getTask?: string;
  readonly archive?: string;
  readonly cancel?: string;
  readonly force?: boolean;
};

const ACTIONS = ['stats', 'available', 'getTask', 'archive', 'cancel'] as const;
const FLAGS = '--stats, --available, --get-task=ID, --archive=ID, --cancel=ID';
const DEFAULT_LIMIT = 20;

/** TAO's `TaskLogUtility`, with its options. The output is always JSON. */
export function addLogCommand(program: Command): void {
  program
    .command('log')
    .description("Read the task log with the options of TAO's utility; `tasks` and `stats` do more")
    .option('--stats', 'Count completed, failed and unfinished tasks')
    .option('--available', 'List tasks that are not archived or cancelled, newest first')
    .option(
      '--limit <tasks>',
      'Largest number to list, 1 to 100 (default: 20)',
      wholeNumber(1, 100),
    )
    .option('--offset <tasks>', 'Number of tasks to skip, 0 to 10,000', wholeNumber(0, 10_000))
    .option('--get-task <id>', 'Show a task with its parameters and report')
    .option('--archive <id>', 'Archive a task')
    .option('--cancel <id>', 'Cancel a task that has not started')
    .option('--force', 'Also archive or cancel a task in progress')
    .addHelpText(
      'after',
      examples(
        ['log --stats', 'numbers of tasks of all owners'],
        ['log --available', 'the latest 20 tasks'],
        ['log --available --limit=5 --offset=10', 'five tasks after the latest ten'],
        ['log --get-task=01KB2N5ZV4E8FJYV7D0Q1V6C3M', 'show how a task went'],
        ['log --archive=01KB2N5ZV4E8FJYV7D0Q1V6C3M', 'archive an ended task'],
        ['log --cancel=01KB2N5ZV4E8FJYV7D0Q1V6C3M --force', 'stop a running task'],
      ),
    )
    .action(log);
}

async function log(options: LogOptions, command: Command): Promise<void> {
  refuseAll(problemsOf(options));
  const cli = cliOf(command);
  const result = await resultOf(options, await cli.connect(), cli);
  cli.host.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}

function problemsOf(options: LogOptions): (string | false)[] {
  const { available, archive, cancel, force, limit, offset } = options;
  const actions = ACTIONS.filter((action) => options[action] !== undefined);
  const isDecision = archive !== undefined || cancel !== undefined;
  return [
    actions.length === 0 && `Specify one of ${FLAGS}.`,
    actions.length > 1 && `Specify only one of ${FLAGS}.`,
    limit !== undefined && !available && '--limit needs --available.',
    offset !== undefined && !available && '--offset needs --available.',
    force === true && !isDecision && '--force needs --archive or --cancel.',
  ];
}

function resultOf(options: LogOptions, wiring: Connection, cli: Cli): Promise<object> {
  const { archive, cancel, force = false, getTask = '' } = options;
  if (options.stats) return numbers(wiring);
  if (options.available) return available(options, wiring, cli);
  if (archive !== undefined) return decision('archive', archive, { force }, wiring);
  if (cancel !== undefined) return decision('cancel', cancel, { force }, wiring);
  return record(getTask, wiring);
}

async function numbers({ stats }: Connection): Promise<object> {
  const view = statsView(await stats.read(undefined));
  const { numberOfTasksCompleted, numberOfTasksFailed, numberOfTasksInProgress } = view;
  return { numberOfTasksCompleted, numberOfTasksFailed, numberOfTasksInProgress };
}

async function available(
  { limit = DEFAULT_LIMIT, offset }: LogOptions,
  { log, catalogue }: Connection,
  cli: Cli,
): Promise<object> {
  const statuses = TASK_STATUSES.filter((status) => !['archived', 'cancelled'].includes(status));
  // With an offset, even 0, the page is always full, as in TAO.
  const { tasks, recordsRead } = await log.list({ statuses, limit, offset: offset ?? 0 });
  if (offset !== undefined) {
    cli.note(
      `${recordsRead} records were read, including the skipped ones. ` +
        '`task-queue tasks list --cursor` continues without reading them.',
    );
  }
  return tasks.map((task) => taskView(task, catalogue));
}

async function decision(
  verb: Verb,
  id: string,
  options: CommandOptions,
  wiring: Connection,
): Promise<object> {
  const task = await existingTask(id, (known) => wiring.log.getSummary(known));
  return decide(wiring, verb, task, options);
}

async function record(id: string, { log, catalogue }: Connection): Promise<object> {
  return taskView(await existingTask(id, (known) => log.get(known)), catalogue);
}
