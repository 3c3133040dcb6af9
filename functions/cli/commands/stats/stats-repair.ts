import type { Command } from 'commander';
import type { RepairResult } from '../../../../shared/stats/repair.ts';
import { cliOf } from '../../cli.ts';
import { examples } from '../../kit/examples.ts';
import { textTable } from '../../terminal/text-table.ts';

/** `task-queue stats repair` */
export function addStatsRepairCommand(stats: Command): void {
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
    import('../../../../shared/deployment/resources.ts'),
    import('../../../../shared/stats/repair.ts'),
    import('../../../wiring/table-stream.ts'),
  ]);
  const parts = await wireStatsRepair(env, tableOf(resources));
  const result = await repairStats({ ...parts, isDryRun: dryRun });
  cli.print(asJson(result, dryRun), () => asText(result, dryRun));
}

const NOTHING_TO_REPAIR =
  'Nothing to repair: with a task log on PostgreSQL, the statistics are counted on request.';

function asJson({ tasks, differences }: RepairResult, isDryRun: boolean): object {
  const shown = differences.map(({ whose, ...difference }) => ({
    owner: whose,
    ...difference,
  }));
  return { tasks, corrected: !isDryRun, differences: shown };
}

function asText({ tasks, differences }: RepairResult, isDryRun: boolean): string {
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
