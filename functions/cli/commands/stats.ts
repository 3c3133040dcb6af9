import type { Command } from 'commander';
import { type StatsView, statsView } from '../../../shared/api/views.ts';
import type { RepairResult } from '../../../shared/stats/repair.ts';
import { addTo, type CellKey, cellKey, type Tally } from '../../../shared/stats/tally.ts';
import { CATEGORY_BY_STATUS, TASK_STATUSES } from '../../../shared/task-log/status.ts';
import type { TaskQueries } from '../../../shared/task-log/task-log.ts';
import { type Cli, cliOf, examples } from '../cli.ts';
import { notEmpty } from '../kit/options/parse-option.ts';
import { startProgress } from '../terminal/progress.ts';
import { textTable } from '../terminal/text-table.ts';

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

async function recounted(log: TaskQueries, owner: string | undefined, cli: Cli): Promise<Tally> {
  const tally = new Map<CellKey, number>();
  const progress = startProgress(cli);
  let tasks = 0;
  const { recordsRead } = await log.visit({ owner }, ['queue', 'status'], (task) => {
    tasks += 1;
    addTo(tally, cellKey(task), 1);
    progress.update(tasks, `${tasks} tasks`);
  });
  progress.end();
  cli.note(`${recordsRead} records were read.`);
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

/** `task-queue stats repair` */
function addStatsRepairCommand(stats: Command): void {
  stats
    .command('repair')
    .description('Recount the task log, print differences from the statistics, and correct them')
    .option('--dry-run', 'Print the differences only')
    .addHelpText(
      'after',
      `
Reads the whole table. Tasks can be enqueued and run meanwhile. A task log on PostgreSQL needs no repair.
${examples(['stats repair --stack TaskQueue --dry-run', 'print wrong numbers of a deployment'])}`,
    )
    .action(repair);
}

async function repair(
  { dryRun = false }: { readonly dryRun?: boolean },
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  const { resources, config, env } = await cli.connect();
  if (config.taskLog.type === 'postgres') {
    return cli.print({ tasks: 0, corrected: false, differences: [] }, () => NOTHING_TO_REPAIR);
  }
  // Lazy: the AWS SDK takes long to load.
  const [{ tableOf }, { repairStats }, { wireStatsRepair }] = await Promise.all([
    import('../../../shared/deployment/resources.ts'),
    import('../../../shared/stats/repair.ts'),
    import('../../wiring/table-stream.ts'),
  ]);
  const parts = await wireStatsRepair(env, tableOf(resources), cli.run.opened);
  const result = await repairStats({ ...parts, isDryRun: dryRun });
  cli.print(differencesJson(result, dryRun), () => differencesText(result, dryRun));
}

const NOTHING_TO_REPAIR =
  'Nothing to repair: with a task log on PostgreSQL, the statistics are counted on request.';

function differencesJson({ tasks, differences }: RepairResult, isDryRun: boolean): object {
  const shown = differences.map(({ whose, ...difference }) => ({
    owner: whose,
    ...difference,
  }));
  return { tasks, corrected: !isDryRun, differences: shown };
}

function differencesText({ tasks, differences }: RepairResult, isDryRun: boolean): string {
  const recounted = `${tasks} ${tasks === 1 ? 'task' : 'tasks'} recounted`;
  if (differences.length === 0) return `${recounted}: all numbers are correct.\n`;
  const rows = differences.map(({ whose = '(all owners)', queue, status, counted, actual }) => [
    whose,
    queue,
    status,
    String(counted),
    String(actual),
  ]);
  const numbers = differences.length === 1 ? '1 number was' : `${differences.length} numbers were`;
  const done = isDryRun ? 'none was corrected (--dry-run)' : 'corrected';
  return `${textTable(['owner', 'queue', 'status', 'counted', 'in the log'], rows)}
${recounted}: ${numbers} wrong, ${done}.\n`;
}
