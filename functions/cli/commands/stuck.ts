import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RequeueStuckResult } from '../../../shared/dispatcher/requeue.ts';
import {
  MIN_STUCK_SECONDS,
  STUCK_STATUSES,
  type StuckGroup,
  type StuckQuery,
} from '../../../shared/task-log/waiting-tasks.ts';
import { type Cli, type Connection, cliOf, examples } from '../cli.ts';
import { EXIT, refuseAll } from '../kit/cli-error.ts';
import { list, wholeNumber } from '../kit/options/parse-option.ts';
import { notOneOf } from '../kit/suggest.ts';
import { startProgress } from '../terminal/progress.ts';
import { printable } from '../terminal/text.ts';
import { textTable } from '../terminal/text-table.ts';

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
  const { requeueStuck } = await import('../../../shared/dispatcher/requeue.ts');
  const query = stuckQuery(options, cli, connection);
  const progress = startProgress(cli, options.limit);
  const onProgress = ({ total, restarted }: RequeueStuckResult): void =>
    progress.update(total, `${restarted} restarted`);
  const settings = { now: Date.now(), limit: options.limit, onProgress };
  const result = await requeueStuck(query, settings, connection);
  progress.end();
  cli.print(result, () => textOf(result));
  if (result.errors.length > 0) cli.run.exitCode = EXIT.refused;
}

async function printSummary(options: StuckOptions, cli: Cli, connection: Connection) {
  const { summarizeStuck } = await import('../../../shared/task-log/waiting-tasks.ts');
  const query = stuckQuery(options, cli, connection);
  const progress = startProgress(cli);
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

type StuckOptions = {
  readonly whitelist?: string[];
  readonly queue?: string[];
  readonly age: number;
  readonly statuses: NonNullable<StuckQuery['statuses']>;
};

const DEFAULT_AGE_SECONDS = 300;
/** The limit of a filter of the task log. */
const MAX_NAMES = 100;

/** @param areNamesNeeded makes --whitelist required, so that nobody requeues tasks by accident */
function withStuckOptions(command: Command, areNamesNeeded: boolean): Command {
  const [flags, description] = ['--whitelist <names>', 'Names of tasks, separated by commas'];
  if (areNamesNeeded) command.requiredOption(flags, description, list);
  else command.option(flags, `${description} (default: all)`, list);
  return command
    .option('--queue <names>', 'Only these queues, separated by commas (default: all)', list)
    .option(
      '--age <seconds>',
      `Time since the last change or the due time; at least ${MIN_STUCK_SECONDS} is used`,
      wholeNumber(0),
      DEFAULT_AGE_SECONDS,
    )
    .addOption(
      new Option(
        '--statuses <statuses>',
        `Any of ${STUCK_STATUSES.join(', ')}; use the last two for tasks whose worker died`,
      )
        .argParser(statuses)
        .default(['enqueued'], 'enqueued'),
    );
}

/** @throws {CliError} with all that is wrong */
function stuckQuery(
  { whitelist, queue = [], age, statuses: chosen }: StuckOptions,
  cli: Cli,
  { config, catalogue }: Connection,
): StuckQuery {
  const names = whitelist ?? [];
  const queues = config.queues.map(({ name }) => name);
  refuseAll([
    ...names.map(
      (name) => !catalogue.names.includes(name) && notOneOf('task', name, catalogue.names),
    ),
    ...queue.map((name) => !queues.includes(name) && notOneOf('queue', name, queues)),
    names.length > MAX_NAMES &&
      `--whitelist accepts at most ${MAX_NAMES} names, not ${names.length}.`,
  ]);
  if (age < MIN_STUCK_SECONDS) {
    cli.note(`--age ${age} is below the minimum: ${MIN_STUCK_SECONDS} is used.`);
  }
  return {
    ageSeconds: age,
    statuses: chosen,
    names: whitelist,
    queues: queue.length > 0 ? queue : undefined,
  };
}

function statuses(text: string): string[] {
  const chosen = list(text);
  const known: readonly string[] = STUCK_STATUSES;
  if (chosen.length > 0 && chosen.every((status) => known.includes(status))) return chosen;
  throw new InvalidArgumentError(`Accepted: ${known.join(', ')}.`);
}
