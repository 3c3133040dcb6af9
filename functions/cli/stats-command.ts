import type { Command } from 'commander';
import { resourcesFrom } from '../../shared/config/resources.ts';
import { type RepairResult, repairStats } from '../../shared/stats/repair.ts';
import { textTable } from './text-table.ts';

type RepairCommandOptions = {
  readonly table?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

/** `task-queue stats …` */
export function addStatsCommand(program: Command): void {
  program
    .command('stats')
    .description('statistics of the task log')
    .command('repair')
    .description('recounts the task log, says what differs from the statistics, and corrects them')
    .option('--table <name>', 'the table of the task log (default: that of TASK_QUEUE_RESOURCES)')
    .option('--dry-run', 'correct nothing')
    .option('--json', 'for machines')
    .addHelpText('after', HELP)
    .action(repair);
}

const HELP = `
Tasks may be enqueued and run meanwhile. All of the table is read.

Example:
  $ task-queue stats repair --table TaskQueue-Data-TaskLogTable --dry-run`;

async function repair({ table, dryRun = false, json }: RepairCommandOptions): Promise<void> {
  const name = table ?? resourcesFrom(process.env, { queues: [] }).table;
  // Only now: the AWS SDK takes longer to load than all other commands need.
  const { wireStatsRepair } = await import('../stream-wiring.ts');
  const parts = await wireStatsRepair(process.env, name);
  const result = await repairStats({ ...parts, isDryRun: dryRun });
  process.stdout.write(json ? asJson(result, dryRun) : asText(result, dryRun));
}

function asJson({ tasks, differences }: RepairResult, isDryRun: boolean): string {
  const shown = differences.map(({ whose, ...difference }) => ({
    ...(whose === undefined ? {} : { owner: whose }),
    ...difference,
  }));
  return `${JSON.stringify({ tasks, corrected: !isDryRun, differences: shown }, null, 2)}\n`;
}

function asText({ tasks, differences }: RepairResult, isDryRun: boolean): string {
  const recounted = `${tasks} ${tasks === 1 ? 'task' : 'tasks'} recounted`;
  if (differences.length === 0) return `${recounted}: all numbers are right.\n`;
  const rows = differences.map(({ whose = '(everybody)', queue, status, counted, actual }) => [
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
