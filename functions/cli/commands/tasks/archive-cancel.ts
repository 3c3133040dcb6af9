import type { Command } from 'commander';
import { decide, statusesInAll, type Verb } from '../../../../shared/task-log/commands.ts';
import { pagesOf } from '../../../../shared/task-log/paging.ts';
import type { TaskFilter } from '../../../../shared/task-log/task-filter.ts';
import type { TaskLog } from '../../../../shared/task-log/task-log.ts';
import { type Connection, cliOf } from '../../cli.ts';
import { refuseAll } from '../../kit/cli-error.ts';
import { examples } from '../../kit/examples.ts';
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
    description: 'puts tasks aside for good',
    all: 'all tasks that have ended and satisfy every option; with --force also the others',
    force: 'also what is in progress',
  });
  addCommand(tasks, 'cancel', {
    description: 'cancels tasks that have not begun',
    all: 'all tasks that wait and satisfy every option; with --force also what is in progress',
    force: 'also what is in progress: its worker is asked to stop',
  });
}

type Texts = { readonly description: string; readonly all: string; readonly force: string };

function addCommand(tasks: Command, verb: Verb, { description, all, force }: Texts): void {
  const command = tasks
    .command(verb)
    .description(description)
    .argument('[ids...]', 'of the tasks')
    .option('--force', force)
    .option('--all', all)
    .option('--yes', 'with --all: does not ask');
  withFilterOptions(command)
    .addHelpText(
      'after',
      `
Of several tasks each is decided for itself: the exit code is 1 if one was refused.
${examples(
  [`tasks ${verb} 01KB2N5ZV4E8FJYV7D0Q1V6C3M 01KB2N5ZV4T0M6G2R7W8Y9Z3QP`, 'two tasks'],
  [`tasks ${verb} --all --owner ann --name export-results`, "what is meant of ann's exports"],
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
  await confirmAll(verb, filter, options, wiring);
  await actOnTasks(cli, { ids: idsOf(filter, wiring.log), act });
}

function problemsOf(ids: readonly string[], options: DecideOptions): (string | false)[] {
  const { all, force: _, yes, ...filter } = options;
  return [
    ids.length === 0 && !all && 'Name the tasks by their ids, or say --all.',
    ids.length > 0 && all === true && 'Name the tasks by their ids or say --all, not both.',
    yes === true && !all && '--yes needs --all.',
    Object.keys(filter).length > 0 && !all && 'Options that filter need --all.',
    ...filterProblems(filter),
  ];
}

/** With their number, as far as somebody is there to read it: to count them is to read them. */
async function confirmAll(
  verb: Verb,
  filter: TaskFilter,
  { yes = false }: DecideOptions,
  { log }: Connection,
): Promise<void> {
  const isAsked = !yes && process.stdin.isTTY;
  const count = isAsked ? (await log.count(filter)).count : undefined;
  const tasks =
    count === undefined ? 'all tasks that match' : `${count} task${count === 1 ? '' : 's'}`;
  const question = `This will ${verb} ${tasks}.`;
  await confirm(question, { yes });
}

async function* idsOf(filter: TaskFilter, log: TaskLog): AsyncGenerator<string[]> {
  for await (const { tasks } of pagesOf(log, filter)) yield tasks.map(({ id }) => id);
}
