import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { ConfigInput } from '../../../../shared/config/config.ts';
import { cliOf } from '../../cli.ts';
import { CliError, usageError } from '../../kit/cli-error.ts';
import { examples } from '../../kit/examples.ts';
import { didYouMean } from '../../kit/suggest.ts';

type ImportOptions = {
  readonly task?: readonly string[];
  readonly dryRun?: boolean;
  readonly move?: boolean;
};

export function addImportConfigCommand(program: Command): void {
  program
    .command('import-config')
    .description("takes over the queue settings of TAO's Task Queue")
    .argument('<file>', 'its settings as JSON; - reads standard input')
    .option(
      '--task <old=new>',
      'which task of its is which of ours; may be repeated',
      (pair: string, before: readonly string[] = []) => [...before, pair],
    )
    .option('--dry-run', 'only say what would change')
    .option('--move', 'take tasks along that the changes would strand')
    .addHelpText(
      'after',
      `
Queues, default queue, associations and strategy of the configuration are replaced, the rest stays.
What has no counterpart is named. docs/migrating-from-tao.md shows the spellings that are understood.
${examples(
  ['import-config taoTaskQueue.json --dry-run', 'what would become of the settings'],
  [
    "import-config - --task 'oat\\taoQtiTest\\models\\tasks\\ImportQtiTest=import-results'",
    'a task that has another name here',
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
  const raw = parse(await read(file), file);
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

/** @throws {CliError} naming each that is none */
async function renamedTasks(pairs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { contracts } = await import('#tasks/contracts');
  const names: string[] = contracts.map(({ name }) => name);
  const renamed = pairs.map((pair) => {
    const at = pair.lastIndexOf('=');
    return [pair.slice(0, Math.max(at, 0)), pair.slice(at + 1)] as const;
  });
  const problems = renamed.flatMap(([old, name]) => {
    if (old === '') return [`--task takes old=new, not "${name}".`];
    return names.includes(name) ? [] : [`There is no task "${name}".${didYouMean(name, names)}`];
  });
  if (problems.length > 0) throw usageError(problems.join('\n'));
  return new Map(renamed);
}

async function read(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new CliError(`The file ${file} cannot be read.`);
  }
}

function parse(json: string, file: string): unknown {
  try {
    // Programs on Windows begin a file with a byte order mark.
    return JSON.parse(json.replace(/^\uFEFF/, ''));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(
      `${file === '-' ? 'Standard input' : `The file ${file}`} is not JSON: ${why}\n` +
        'PHP writes it with json_encode(): see docs/migrating-from-tao.md.',
    );
  }
}
