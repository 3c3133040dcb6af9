import type { Command } from 'commander';
import { type StatsView, statsView } from '../../../../shared/api/views.ts';
import { addTo, type CellKey, cellKey, type Tally } from '../../../../shared/stats/tally.ts';
import { CATEGORY_BY_STATUS, TASK_STATUSES } from '../../../../shared/task-log/status.ts';
import type { TaskLog } from '../../../../shared/task-log/task-log.ts';
import { type Cli, cliOf } from '../../cli.ts';
import { examples } from '../../kit/examples.ts';
import { notEmpty } from '../../kit/options/parse-option.ts';
import { startProgress } from '../../terminal/progress.ts';
import { textTable } from '../../terminal/text-table.ts';
import { addStatsRepairCommand } from './stats-repair.ts';

type StatsOptions = { readonly owner?: string; readonly recount?: boolean };

/** `task-queue stats …` */
export function addStatsCommand(program: Command): void {
  const stats = program
    .command('stats')
    .description('Show the number of tasks by queue and status')
    .option('--owner <owner>', 'Only tasks of this owner', notEmpty)
    .option('--recount', 'Read all records instead of the counters')
    .addHelpText(
      'after',
      `
The counters follow the task log within a few seconds and cost almost nothing to read. A task log on
PostgreSQL has no counters: its rows are counted on request.
${examples(
  ['stats', 'all owners'],
  ['stats --owner ann', 'one owner'],
  ['stats --recount', 'count all records, where there are no counters'],
)}`,
    )
    .action(showStats);
  addStatsRepairCommand(stats);
}

async function showStats(
  { owner, recount = false }: StatsOptions,
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  const { stats, log, config } = await cli.connect();
  const view = statsView(recount ? await recounted(log, owner, cli) : await stats.read(owner));
  cli.print(view, () => asText(view));
  if (!recount) cli.note(config.taskLog.type === 'postgres' ? COUNTED_NOW : FROM_COUNTERS);
}

const FROM_COUNTERS = 'From the counters, which follow the task log within a few seconds.';
const COUNTED_NOW = 'Counted now, from the task log.';

async function recounted(log: TaskLog, owner: string | undefined, { note }: Cli): Promise<Tally> {
  const tally = new Map<CellKey, number>();
  const progress = startProgress();
  let tasks = 0;
  const { recordsRead } = await log.visit({ owner }, ['queue', 'status'], (task) => {
    tasks += 1;
    addTo(tally, cellKey(task), 1);
    progress.update(tasks, `${tasks} tasks`);
  });
  progress.end();
  note(`${recordsRead} records were read.`);
  return tally;
}

function asText(view: StatsView): string {
  const { byQueue, byStatus } = view;
  const statuses = TASK_STATUSES.filter((status) => byStatus[status] !== undefined);
  if (statuses.length === 0) return 'No tasks.';
  const row = (title: string, counts: StatsView['byStatus']): string[] => [
    title,
    ...statuses.map((status) => String(counts[status] ?? 0)),
  ];
  const rows = Object.entries(byQueue)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([queue, counts]) => row(queue, counts));
  const failed = statuses.filter((status) => CATEGORY_BY_STATUS[status] === 'failed').length;
  return (
    textTable(['queue', ...statuses], [...rows, row('all', byStatus)]) +
    (failed > 0 ? '\nList the failures: task-queue tasks list --category failed\n' : '')
  );
}
