import { type Command, Option } from 'commander';
import { taskView } from '../../../../shared/api/views.ts';
import { isoTime } from '../../../../shared/clock.ts';
import type { ListOrder } from '../../../../shared/task-log/id-range.ts';
import { pagesOf } from '../../../../shared/task-log/paging.ts';
import type { TaskSummary } from '../../../../shared/task-log/task-log.ts';
import { cliOf } from '../../cli.ts';
import { refuseAll } from '../../kit/cli-error.ts';
import { examples } from '../../kit/examples.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import {
  type FilterOptions,
  filterDoubts,
  filterOf,
  filterProblems,
  withFilterOptions,
  withStatusOptions,
} from '../../kit/options/task-filter-options.ts';
import { taskTable } from '../../kit/show-tasks.ts';
import { startProgress } from '../../terminal/progress.ts';

type ListOptions = FilterOptions & {
  readonly order: ListOrder;
  readonly limit: number;
  readonly cursor?: string;
};

export function addListTasksCommand(tasks: Command): void {
  withFilterOptions(withStatusOptions(tasks.command('list')))
    .description('lists tasks: all that satisfy every option')
    .addOption(
      new Option('--order <order>', 'by creation').choices(['newest', 'oldest']).default('newest'),
    )
    .option('--limit <tasks>', '1 to 10,000 of them', wholeNumber(1, 10_000), 20)
    .option('--cursor <cursor>', 'goes on where a list with the same options ended')
    .addHelpText(
      'after',
      examples(
        ['tasks list', 'the latest 20'],
        ['tasks list --category failed --created-after 24h', 'what failed since yesterday'],
        ['tasks list --status enqueued --order oldest --queue priority', 'what waits longest'],
        ['tasks list --name export-results --limit 1000 --json', 'for machines'],
      ),
    )
    .action(listTasks);
}

async function listTasks(options: ListOptions, command: Command): Promise<void> {
  refuseAll(filterProblems(options));
  const cli = cliOf(command);
  const wiring = await cli.connect();
  for (const doubt of filterDoubts(options, wiring)) cli.note(doubt);
  const { order, cursor, limit } = options;
  const progress = startProgress();
  const tasks: TaskSummary[] = [];
  let [read, next]: [number, string | undefined] = [0, undefined];
  for await (const page of pagesOf(wiring.log, { ...filterOf(options), order, cursor }, limit)) {
    tasks.push(...page.tasks);
    read += page.recordsRead;
    next = page.next;
    progress.update(read, `${tasks.length} found in ${read} records`);
  }
  progress.end();
  const views = tasks.map((task) => taskView(task, wiring.catalogue));
  cli.print({ tasks: views, ...(next !== undefined && { next }) }, () =>
    tasks.length > 0 ? taskTable(tasks) : '',
  );
  if (tasks.length === 0) cli.note('No task is like this.');
  if (next !== undefined) {
    cli.note(`There may be more: ${[...timesOf(options), `--cursor ${next}`].join(' ')}`);
  }
}

/** A cursor belongs to the very same times; "24h ago" is another one each time. */
function timesOf({ createdAfter, createdBefore, updatedAfter, updatedBefore }: ListOptions) {
  const times = {
    'created-after': createdAfter,
    'created-before': createdBefore,
    'updated-after': updatedAfter,
    'updated-before': updatedBefore,
  };
  return Object.entries(times).flatMap(([option, time]) =>
    time === undefined ? [] : [`--${option} ${isoTime(time)}`],
  );
}
