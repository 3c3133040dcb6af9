import type { Command } from 'commander';
import type { RepairResult } from '../../../../shared/stats/repair.ts';
import { cliOf } from '../../cli.ts';
import { examples } from '../../kit/examples.ts';
import { textTable } from '../../terminal/text-table.ts';

/** `task-queue stats repair` */
export function addStatsRepairCommand(stats: Command): void {
  stats
    .command('repair')
    .description('recounts the task log, says what differs from the statistics, and corrects them')
    .option('--dry-run', 'correct nothing')
    .addHelpText(
      'after',
      `
Tasks may be enqueued and run meanwhile. All of the table is read. With a task log on PostgreSQL there is
nothing to correct, and it says so.
${examples(['stats repair --stack TaskQueue --dry-run', 'what is wrong with the numbers of a deployment'])}`,
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
  // Only now: the AWS SDK takes longer to load than all other commands need.
  const [{ tableOf }, { repairStats }, { wireStatsRepair }] = await Promise.all([
    import('../../../../shared/deployment/resources.ts'),
    import('../../../../shared/stats/repair.ts'),
    import('../../../wiring/table-stream.ts'),
  ]);
  const parts = await wireStatsRepair(env, tableOf(resources));
  const result = await repairStats({ ...parts, isDryRun: dryRun });
  cli.print(asJson(result, dryRun), () => asText(result, dryRun));
}

const NOTHING_TO_REPAIR =
  'Nothing to repair: the task log is on PostgreSQL, where the numbers are counted from its rows when asked.';

function asJson({ tasks, differences }: RepairResult, isDryRun: boolean): object {
  const shown = differences.map(({ whose, ...difference }) => ({
    ...(whose === undefined ? {} : { owner: whose }),
    ...difference,
  }));
  return { tasks, corrected: !isDryRun, differences: shown };
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
