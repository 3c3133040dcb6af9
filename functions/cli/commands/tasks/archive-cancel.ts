import type { Command } from 'commander';
import { decide, statusesInAll, type Verb } from '../../../../shared/task-log/commands.ts';
import type { TaskFilter } from '../../../../shared/task-log/task-filter.ts';
import type { TaskQueries } from '../../../../shared/task-log/task-log.ts';
import { type Cli, type Connection, cliOf, examples } from '../../cli.ts';
import { refuseAll } from '../../kit/cli-error.ts';
import { actOnTasks, existingTask } from '../../kit/named-tasks.ts';
import {
  type FilterOptions,
  filterDoubts,
  filterOf,
  filterProblems,
  withFilterOptions,
} from '../../kit/options/task-filter-options.ts';
import { confirm } from '../../terminal/keyboard.ts';

type DecideOptions = FilterOptions & {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
};

/** `tasks archive` and `tasks cancel`. */
export function addArchiveAndCancelCommands(tasks: Command): void {
  addCommand(tasks, 'archive', {
    description: 'Archive tasks',
    all: 'All ended tasks that match every option; with --force, others too',
    force: 'Also archive tasks in progress',
  });
  addCommand(tasks, 'cancel', {
    description: 'Cancel tasks that have not started',
    all: 'All waiting tasks that match every option; with --force, tasks in progress too',
    force: 'Also cancel tasks in progress: their workers are asked to stop',
  });
}

type Texts = { readonly description: string; readonly all: string; readonly force: string };

function addCommand(tasks: Command, verb: Verb, { description, all, force }: Texts): void {
  const command = tasks
    .command(verb)
    .description(description)
    .argument('[ids...]', 'Ids of the tasks')
    .option('--force', force)
    .option('--all', all)
    .option('--yes', 'With --all: do not ask for confirmation');
  withFilterOptions(command)
    .addHelpText(
      'after',
      `
A refused task does not stop the others; the exit code is 1.
${examples(
  [`tasks ${verb} 01KB2N5ZV4E8FJYV7D0Q1V6C3M 01KB2N5ZV4T0M6G2R7W8Y9Z3QP`, 'two tasks'],
  [`tasks ${verb} --all --owner ann --name export-results`, "ann's exports"],
)}`,
    )
    .action((ids: string[], options: DecideOptions, one: Command) =>
      decideTasks(verb, ids, options, one),
    );
}

async function decideTasks(
  verb: Verb,
  ids: readonly string[],
  options: DecideOptions,
  command: Command,
): Promise<void> {
  refuseAll(problemsOf(ids, options));
  const { all, force = false } = options;
  const cli = cliOf(command);
  const wiring = await cli.connect();
  for (const doubt of filterDoubts(options, wiring)) cli.note(doubt);
  const act = async (id: string) => {
    const task = await existingTask(id, (known) => wiring.log.getSummary(known));
    return decide(wiring, verb, task, { force });
  };
  if (!all) {
    const line = ({ id, outcome }: { id: string; outcome: string }) => `${id} ${outcome}`;
    return actOnTasks(cli, { ids: [[...new Set(ids)]], act, line });
  }
  const filter = { ...filterOf(options), statuses: statusesInAll(verb, { force }) };
  await confirmAll(verb, filter, options, { log: wiring.log, cli });
  await actOnTasks(cli, { ids: idsOf(filter, wiring.log), act });
}

function problemsOf(ids: readonly string[], options: DecideOptions): (string | false)[] {
  const { all, force: _, yes, ...filter } = options;
  return [
    ids.length === 0 && !all && 'Specify task ids or --all.',
    ids.length > 0 && all === true && 'Specify either task ids or --all, but not both.',
    yes === true && !all && '--yes needs --all.',
    Object.keys(filter).length > 0 && !all && 'Filter options need --all.',
    ...filterProblems(filter),
  ];
}

/** Counting costs reads, so only a user at a terminal sees the number. */
async function confirmAll(
  verb: Verb,
  filter: TaskFilter,
  { yes = false }: DecideOptions,
  { log, cli }: Pick<Connection, 'log'> & { readonly cli: Cli },
): Promise<void> {
  const isAsked = !yes && cli.host.stdin.isTTY;
  const count = isAsked ? (await log.count(filter)).count : undefined;
  const tasks =
    count === undefined ? 'all tasks that match' : `${count} task${count === 1 ? '' : 's'}`;
  const question = `This will ${verb} ${tasks}.`;
  await confirm(question, cli, { yes });
}

async function* idsOf(filter: TaskFilter, log: TaskQueries): AsyncGenerator<string[]> {
  // Lazy: the help needs no ids.
  const { pagesOf } = await import('../../../../shared/task-log/paging.ts');
  for await (const { tasks } of pagesOf(log, filter)) yield tasks.map(({ id }) => id);
}
