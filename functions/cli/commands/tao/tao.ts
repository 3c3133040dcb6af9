import { buffer } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { statsView, taskView } from '../../../../shared/api/views.ts';
import type { ConfigInput } from '../../../../shared/config/config.ts';
import { messageOf } from '../../../../shared/foreign/text.ts';
import { parseJson } from '../../../../shared/parse-json.ts';
import { taoStrategy } from '../../../../shared/tao/fields.ts';
import { decide, type Verb } from '../../../../shared/task-log/commands.ts';
import { TASK_STATUSES } from '../../../../shared/task-log/status.ts';
import type { CommandOptions } from '../../../../shared/task-log/task-log.ts';
import { type Cli, type Connection, cliOf, examples } from '../../cli.ts';
import type { Host } from '../../host.ts';
import { CliError, refuseAll, usageError } from '../../kit/cli-error.ts';
import { existingTask } from '../../kit/named-tasks.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { didYouMean } from '../../kit/suggest.ts';

/** Commands and spellings for users of TAO's Task Queue. Add them after all other commands. */
export const TAO_COMMANDS = [addImportConfigCommand, addLogCommand, addTaoSpellings];

const percent = wholeNumber(1, 100);

/** Lets options of other commands be spelled as in TAO. The help does not show it. */
function addTaoSpellings(program: Command): void {
  commandOf(program, 'worker', 'pool')
    ?.addOption(new Option('--limitOfCpu <percent>').argParser(percent).hideHelp())
    .addOption(new Option('--limitOfMemory <percent>').argParser(percent).hideHelp());
  commandOf(program, 'init')
    ?.options.find(({ long }) => long === '--strategy')
    ?.argParser((name: string) => taoStrategy(name) ?? name);
}

function commandOf(parent: Command, ...[name, ...names]: string[]): Command | undefined {
  const command = parent.commands.find((child) => child.name() === name);
  return command && names.length > 0 ? commandOf(command, ...names) : command;
}

type ImportOptions = {
  readonly task?: readonly string[];
  readonly dryRun?: boolean;
  readonly move?: boolean;
};

function addImportConfigCommand(program: Command): void {
  program
    .command('import-config')
    .description("Import the queue settings of TAO's Task Queue")
    .argument('<file>', 'Settings as JSON; - reads standard input')
    .option(
      '--task <old=new>',
      'Name here of a task of TAO; may be repeated',
      (pair: string, before: readonly string[] = []) => [...before, pair],
    )
    .option('--dry-run', 'Print the changes without applying them')
    .option('--move', 'Move tasks that no worker would find after the change')
    .addHelpText(
      'after',
      `
Replaces the queues, default queue, associations and strategy of the configuration, and keeps the rest.
Prints every setting without a counterpart. docs/migrating-from-tao.md lists the accepted spellings.
${examples(
  ['import-config taoTaskQueue.json --dry-run', 'print what the settings would become'],
  [
    "import-config - --task 'oat\\taoQtiTest\\models\\tasks\\ImportQtiTest=import-results'",
    'a task with another name here',
  ],
)}`,
    )
    .action(importSettings);
}

async function importSettings(
  file: string,
  { task = [], dryRun = false, move = false }: ImportOptions,
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  const renamed = await renamedTasks(task);
  const raw = parse(await read(file, cli.host), file);
  const [{ imported }, { applyConfig }, { showApplied }] = await Promise.all([
    import('./imported.ts'),
    import('../../configuration/apply-config.ts'),
    import('../../configuration/show-applied.ts'),
  ]);
  const { settings, remarks } = imported(raw, file, renamed);
  const edit = ({ defaultQueue: _replaced, ...input }: ConfigInput): ConfigInput => ({
    ...input,
    ...settings,
  });
  const applied = await applyConfig(cli, edit, { dryRun, move });
  showApplied(cli, applied, { dryRun, remarks });
}

/** @throws {CliError} naming each wrong pair */
async function renamedTasks(pairs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { contracts } = await import('#tasks/contracts');
  const names: string[] = contracts.map(({ name }) => name);
  const renamed = pairs.map((pair) => {
    const at = pair.lastIndexOf('=');
    return [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)] as const;
  });
  const problems = renamed.flatMap(([old, name]) => {
    if (old === '') return [`--task needs the form old=new, not "${name}".`];
    return names.includes(name) ? [] : [`There is no task "${name}".${didYouMean(name, names)}`];
  });
  if (problems.length > 0) throw usageError(problems.join('\n'));
  return new Map(renamed);
}

async function read(file: string, { stdin, pathOf }: Host): Promise<Uint8Array> {
  if (file === '-') return buffer(stdin);
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(pathOf(file));
  } catch {
    throw new CliError(`The file ${file} cannot be read.`);
  }
}

function parse(json: Uint8Array, file: string): unknown {
  try {
    return parseJson(json, { uniqueKeys: true });
  } catch (error) {
    throw new CliError(
      `${file === '-' ? 'Standard input' : `The file ${file}`} ${messageOf(error)}\n` +
        'Export the settings with PHP json_encode(): see docs/migrating-from-tao.md.',
    );
  }
}

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
function addLogCommand(program: Command): void {
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
