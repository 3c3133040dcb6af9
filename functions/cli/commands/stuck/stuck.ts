import type { Command } from 'commander';
import type { RequeueStuckResult } from '../../../../shared/dispatcher/requeue.ts';
import type { StuckGroup } from '../../../../shared/task-log/stuck-tasks.ts';
import { type Cli, type Connection, cliOf } from '../../cli.ts';
import { EXIT } from '../../kit/cli-error.ts';
import { examples } from '../../kit/examples.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { printable } from '../../terminal/printable.ts';
import { startProgress } from '../../terminal/progress.ts';
import { textTable } from '../../terminal/text-table.ts';
import { type StuckOptions, stuckQuery, withStuckOptions } from './stuck-options.ts';

type RestartOptions = StuckOptions & { readonly limit?: number; readonly dryRun?: boolean };

/** The text output shows at most this many errors. */
const MAX_ERRORS = 20;

/** `task-queue stuck …` */
export function addStuckCommand(program: Command): void {
  const stuck = program
    .command('stuck')
    .description('Find and requeue tasks whose message was lost or whose worker died');
  withStuckOptions(stuck.command('summary'), false)
    .description('Count stuck tasks by name, queue and status')
    .addHelpText(
      'after',
      examples(
        ['stuck summary', 'tasks that have waited for more than five minutes'],
        [
          'stuck summary --whitelist export-results --age 3600',
          'tasks of one name that have waited for an hour',
        ],
      ),
    )
    .action(summarize);
  withStuckOptions(stuck.command('restart'), true)
    .description('Requeue stuck tasks under their ids')
    .option(
      '--limit <tasks>',
      'Largest number of tasks to requeue, 1 or more (default: all)',
      wholeNumber(1),
    )
    .option('--dry-run', 'Print the tasks without requeuing them')
    .addHelpText(
      'after',
      `
If the message was only late, the task still runs once. A long backlog looks like lost messages: run
\`task-queue queues\` first.
${examples(
  ['stuck restart --whitelist export-results,import-results', 'tasks of two names'],
  ['stuck restart --whitelist export-results --queue priority --age 600', 'tasks of one queue'],
  ['stuck restart --whitelist export-results --statuses running', 'tasks whose worker died'],
)}`,
    )
    .action(restart);
}

async function summarize(options: StuckOptions, command: Command): Promise<void> {
  const cli = cliOf(command);
  await printSummary(options, cli, await cli.connect());
}

async function restart(options: RestartOptions, command: Command): Promise<void> {
  const cli = cliOf(command);
  const connection = await cli.connect();
  if (options.dryRun) {
    await printSummary(options, cli, connection);
    cli.note('Nothing was requeued (--dry-run).');
    return;
  }
  const { requeueStuck } = await import('../../../../shared/dispatcher/requeue.ts');
  const query = stuckQuery(options, cli, connection);
  const progress = startProgress(options.limit);
  const onProgress = ({ total, restarted }: RequeueStuckResult): void =>
    progress.update(total, `${restarted} restarted`);
  const settings = { now: Date.now(), limit: options.limit, onProgress };
  const result = await requeueStuck(query, settings, connection);
  progress.end();
  cli.print(result, () => textOf(result));
  if (result.errors.length > 0) process.exitCode = EXIT.refused;
}

async function printSummary(options: StuckOptions, cli: Cli, connection: Connection) {
  const { summarizeStuck } = await import('../../../../shared/task-log/stuck-tasks.ts');
  const query = stuckQuery(options, cli, connection);
  const progress = startProgress();
  const found = await summarizeStuck(connection.log, query, Date.now(), (total) =>
    progress.update(total, `${total} stuck tasks found`),
  );
  progress.end();
  cli.print(found, () => `${tableOf(found.groups)}Total: ${found.total}\n`);
}

function tableOf(groups: readonly StuckGroup[]): string {
  if (groups.length === 0) return '';
  const rows = groups.map(({ name, queue, status, tasks, waitingSince }) => [
    name,
    queue,
    status,
    String(tasks),
    waitingSince,
  ]);
  return `${textTable(['task', 'queue', 'status', 'tasks', 'waiting since'], rows)}\n`;
}

function textOf({ total, restarted, movedOn, errors }: RequeueStuckResult): string {
  const shown = errors.slice(0, MAX_ERRORS).map(({ id, message }) => [id, printable(message)]);
  const more = errors.length - shown.length;
  return [
    shown.length > 0 ? textTable(['task', 'error'], shown) : '',
    more > 0 ? `and ${more} more: --json shows all\n` : '',
    `Total: ${total}, restarted: ${restarted}, errors: ${errors.length}`,
    movedOn > 0 ? `, started or ended meanwhile: ${movedOn}` : '',
  ].join('');
}
