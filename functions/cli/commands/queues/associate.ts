import type { Command } from 'commander';
import type { ConfigInput } from '../../../../shared/config/config.ts';
import { type Cli, cliOf } from '../../cli.ts';
import { usageError } from '../../kit/cli-error.ts';
import { examples } from '../../kit/examples.ts';
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
    .description('has tasks of a name go to a queue, which is created if it is new')
    .argument('<task>', 'name of a task')
    .argument('[queue]', 'name of a queue')
    .option(
      '--weight <n>',
      'of a new queue, 1 to 10,000; by default that of the default queue, whose broker it gets too',
      wholeNumber(1, 10_000),
    )
    .option('--remove', 'the task goes to the default queue again')
    .option('--yes', 'create a new queue although its name looks like that of another')
    .addHelpText(
      'after',
      `
Edits the configuration. A new queue is created at once on the local stack and on servers of one's
own; on AWS \`npx cdk deploy\` adds it. A queue that a task chooses by its parameters wins.
${examples(
  ['associate export-results priority', 'exports go before other work'],
  ['associate export-results exports --weight 20', 'exports get a queue of their own'],
  ['associate export-results --remove', 'and go to the default queue again'],
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
    // What is misspelt in the configuration has to be got rid of, too.
    [
      !remove && !names.includes(task),
      `There is no task "${task}".${didYouMean(task, names)} Known tasks: ${names.join(', ')}.`,
    ],
    [
      remove && queue !== undefined,
      'With --remove, name the task alone: it can be in one queue only.',
    ],
    [remove && weight !== undefined, '--weight is for a new queue, not for --remove.'],
    [!remove && queue === undefined, 'Name the queue that the task goes to, or --remove.'],
  ];
  return problems.filter(([isWrong]) => isWrong).map(([, problem]) => problem);
}

/** A slip of the finger must not make a queue that nobody wanted. */
async function assertMeant(
  cli: Cli,
  queue: string,
  { weight, yes = false }: AssociateOptions,
): Promise<void> {
  const { DEFAULT_CONFIG, readConfigFile } = await import(
    '../../../../shared/config/config-file.ts'
  );
  const { queues } = readConfigFile(cli.configPath)?.input ?? DEFAULT_CONFIG;
  const names = queues.map(({ name }) => name);
  if (names.includes(queue)) {
    if (weight === undefined) return;
    throw usageError(
      `--weight is for a new queue, and there is a queue "${queue}": change its weight in ${cli.configPath}.`,
    );
  }
  const similar = suggest(queue, names);
  if (similar === undefined) return;
  await confirm(`There is no queue "${queue}". Did you mean "${similar}"? Create "${queue}"?`, {
    yes,
  });
}
