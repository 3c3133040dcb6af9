import { type Command, Option } from 'commander';
import { taskView } from '../../../../shared/api/views.ts';
import { isoTime } from '../../../../shared/clock.ts';
import type { ListOrder } from '../../../../shared/task-log/id-range.ts';
import type { TaskSummary } from '../../../../shared/task-log/task-log.ts';
import { cliOf, examples } from '../../cli.ts';
import { refuseAll } from '../../kit/cli-error.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import {
  type FilterOptions,
  filterDoubts,
  filterOf,
  filterProblems,
  withFilterOptions,
  withStatusOptions,
} from '../../kit/options/task-filter-options.ts';
import { stateGlyph, stateText } from '../../kit/task-state.ts';
import { startProgress } from '../../terminal/progress.ts';
import { ageText, durationText, type Paint, printableLine } from '../../terminal/text.ts';
import { tableWidth, textTable } from '../../terminal/text-table.ts';

type ListOptions = FilterOptions & {
  readonly order: ListOrder;
  readonly limit: number;
  readonly cursor?: string;
};

export function addListTasksCommand(tasks: Command): void {
  withFilterOptions(withStatusOptions(tasks.command('list')))
    .description('List the tasks that match every option')
    .addOption(
      new Option('--order <order>', 'Order of creation')
        .choices(['newest', 'oldest'])
        .default('newest'),
    )
    .option('--limit <tasks>', 'Largest number to show, 1 to 10,000', wholeNumber(1, 10_000), 20)
    .option('--cursor <cursor>', 'Continue where a list with the same options ended')
    .addHelpText(
      'after',
      examples(
        ['tasks list', 'the latest 20 tasks'],
        ['tasks list --category failed --created-after 24h', 'tasks that failed since yesterday'],
        [
          'tasks list --status enqueued --order oldest --queue priority',
          'tasks that have waited longest',
        ],
        ['tasks list --name export-results --limit 1000 --json', 'up to 1000 tasks as JSON'],
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
  const progress = startProgress(cli);
  const tasks: TaskSummary[] = [];
  let [read, next]: [number, string | undefined] = [0, undefined];
  // Lazy: the help needs no ids.
  const { pagesOf } = await import('../../../../shared/task-log/paging.ts');
  for await (const page of pagesOf(wiring.log, { ...filterOf(options), order, cursor }, limit)) {
    tasks.push(...page.tasks);
    read += page.recordsRead;
    next = page.next;
    progress.update(read, `${tasks.length} found in ${read} records`);
  }
  progress.end();
  const views = tasks.map((task) => taskView(task, wiring.catalogue));
  const { columns } = cli.host.stdout;
  cli.print({ tasks: views, next }, (paint) =>
    tasks.length > 0 ? taskTable(tasks, { now: Date.now(), columns, paint }) : '',
  );
  if (tasks.length === 0) cli.note('No task matches.');
  if (next !== undefined) {
    cli.note(`There may be more: ${[...timesOf(options), `--cursor ${next}`].join(' ')}`);
  }
}

/** A cursor needs the same absolute times: "24h" means another time in the next command. */
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

type Terminal = {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Absent if the output is not a terminal: words instead of glyphs, and nothing is shortened. */
  readonly columns: number | undefined;
  readonly paint: Paint;
};

const SHORT_ID = 8;
const SHORTEST_TEXT = 8;

/** One line per task. On a terminal it is at most as wide as the terminal, from 80 columns. */
export function taskTable(
  tasks: readonly TaskSummary[],
  { now, columns, paint }: Terminal,
): string {
  const hasOwners = new Set(tasks.map(({ owner }) => owner)).size > 1;
  const state = columns === undefined ? stateText : stateGlyph;
  const headers = [
    columns === undefined ? 'status' : '',
    ...HEADERS,
    ...(hasOwners ? ['owner'] : []),
  ];
  const rows = tasks.map((task) => [
    state(task, paint),
    printableLine(task.name),
    task.label === task.name ? '' : printableLine(task.label),
    ageText(Math.max(0, now - Date.parse(task.createdAt)) / 1000),
    tookText(task, now),
    task.queue,
    task.id,
    ...(hasOwners ? [printableLine(task.owner ?? '')] : []),
  ]);
  return textTable(headers, columns === undefined ? rows : fitted(rows, headers, columns));
}

const HEADERS = ['name', 'label', 'age', 'took', 'queue', 'id'];
const [NAME, LABEL, QUEUE, ID, OWNER] = [1, 2, 5, 6, 7];

/** How long the latest attempt took, or has taken so far. */
function tookText({ startedAt, finishedAt }: TaskSummary, now: number): string {
  if (startedAt === undefined) return '';
  const end = finishedAt === undefined ? now : Date.parse(finishedAt);
  return durationText(Math.max(0, end - Date.parse(startedAt)) / 1000);
}

/** Shortens the id first, then the longest texts, until the rows fit. */
function fitted(rows: string[][], headers: readonly string[], columns: number): string[][] {
  const excess = (table: string[][]): number => tableWidth([headers, ...table]) - columns;
  if (excess(rows) <= 0) return rows;
  let table = rows.map((row) => row.with(ID, `…${row[ID]?.slice(-SHORT_ID)}`));
  for (const column of [LABEL, OWNER, NAME, QUEUE].filter((one) => one < headers.length)) {
    const over = excess(table);
    if (over <= 0) break;
    const widest = Math.max(...table.map((row) => row[column]?.length ?? 0));
    const width = Math.max(SHORTEST_TEXT, widest - over);
    table = table.map((row) => row.with(column, shortened(row[column] ?? '', width)));
  }
  return table;
}

const shortened = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;
