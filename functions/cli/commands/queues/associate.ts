import type { Command } from 'commander';
import type { ConfigInput } from '../../../../shared/config/config.ts';
import { type Cli, cliOf, examples } from '../../cli.ts';
import { usageError } from '../../kit/cli-error.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { didYouMean, suggest } from '../../kit/suggest.ts';
import { confirm } from '../../terminal/keyboard.ts';

type AssociateOptions = {
  readonly remove?: boolean;
  readonly weight?: number;
  readonly yes?: boolean;
};

export function addAssociateCommand(program: Command): void {
  program
    .command('associate')
    .description('Route a task name to a queue. Creates the queue if needed.')
    .argument('<task>', 'Name of the task')
    .argument('[queue]', 'Name of the queue')
    .option(
      '--weight <n>',
      'Weight of a new queue, 1 to 10,000 (default: that of the default queue)',
      wholeNumber(1, 10_000),
    )
    .option('--remove', 'Route the task to the default queue again')
    .option('--yes', 'Create a new queue even if its name is similar to another')
    .addHelpText(
      'after',
      `
Edits the configuration. A new queue gets the broker of the default queue. The command creates it on the
local stack and on servers of your own; on AWS, \`npx cdk deploy\` creates it. If a task chooses its queue by
its parameters, that queue wins.
${examples(
  ['associate export-results priority', 'route exports to the queue "priority"'],
  ['associate export-results exports --weight 20', 'route exports to a new queue'],
  ['associate export-results --remove', 'route exports to the default queue again'],
)}`,
    )
    .action(associateTask);
}

async function associateTask(
  task: string,
  queue: string | undefined,
  options: AssociateOptions,
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  const problems = [...(await problemsOf(task, queue, options))];
  if (problems.length > 0) throw usageError(problems.join('\n'));
  const [{ applyConfig }, { showApplied }, { associate, dissociate }] = await Promise.all([
    import('../../configuration/apply-config.ts'),
    import('../../configuration/show-applied.ts'),
    import('../../../../shared/config/config-edits.ts'),
  ]);
  if (queue !== undefined) await assertMeant(cli, queue, options);
  const edit = (input: ConfigInput): ConfigInput =>
    queue === undefined ? dissociate(input, task) : associate(input, task, queue, options.weight);
  showApplied(cli, await applyConfig(cli, edit));
}

async function problemsOf(
  task: string,
  queue: string | undefined,
  { remove = false, weight }: AssociateOptions,
): Promise<string[]> {
  const { contracts } = await import('#tasks/contracts');
  const names: string[] = contracts.map(({ name }) => name);
  const problems: [boolean, string][] = [
    // A misspelled name in the configuration can be removed.
    [
      !remove && !names.includes(task),
      `There is no task "${task}".${didYouMean(task, names)} Accepted: ${names.join(', ')}.`,
    ],
    [remove && queue !== undefined, '--remove takes no queue: a task has one queue only.'],
    [remove && weight !== undefined, '--weight applies to a new queue, not to --remove.'],
    [!remove && queue === undefined, 'Specify a queue or --remove.'],
  ];
  return problems.filter(([isWrong]) => isWrong).map(([, problem]) => problem);
}

/** A misspelled name must not create a queue. */
async function assertMeant(
  cli: Cli,
  queue: string,
  { weight, yes = false }: AssociateOptions,
): Promise<void> {
  const { DEFAULT_CONFIG, readConfigFile } = await import(
    '../../../../shared/config/config-file.ts'
  );
  const { queues } =
    readConfigFile(cli.host.pathOf(cli.configPath), 'any')?.input ?? DEFAULT_CONFIG;
  const names = queues.map(({ name }) => name);
  if (names.includes(queue)) {
    if (weight === undefined) return;
    throw usageError(
      `--weight applies to a new queue, but queue "${queue}" exists. Change its weight in ${cli.configPath}.`,
    );
  }
  const similar = suggest(queue, names);
  if (similar === undefined) return;
  const question = `There is no queue "${queue}". Did you mean "${similar}"? Create "${queue}"?`;
  await confirm(question, cli, { yes });
}
