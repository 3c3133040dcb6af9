import { text } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import type { ConfigInput } from '../../../../shared/config/config.ts';
import { taoStrategy } from '../../../../shared/tao/fields.ts';
import { cliOf, examples } from '../../cli.ts';
import type { Host } from '../../host.ts';
import { CliError, usageError } from '../../kit/cli-error.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { didYouMean } from '../../kit/suggest.ts';
import { addLogCommand } from './log.ts';

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

async function read(file: string, { stdin, pathOf }: Host): Promise<string> {
  if (file === '-') return text(stdin);
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(pathOf(file), 'utf8');
  } catch {
    throw new CliError(`The file ${file} cannot be read.`);
  }
}

function parse(json: string, file: string): unknown {
  try {
    // Programs on Windows start a file with a byte order mark.
    return JSON.parse(json.replace(/^\uFEFF/, ''));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(
      `${file === '-' ? 'Standard input' : `The file ${file}`} is not JSON: ${why}\n` +
        'Export the settings with PHP json_encode(): see docs/migrating-from-tao.md.',
    );
  }
}
