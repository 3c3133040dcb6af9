import type { Command } from 'commander';
import type { HandleBatch } from '../../../../shared/dead-letters/dead-letter.ts';
import type { HandledLetters } from '../../../../shared/dead-letters/visit.ts';
import { type Cli, type Connection, cliOf, examples } from '../../cli.ts';
import { EXIT, refuseAll } from '../../kit/cli-error.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { notOneOf } from '../../kit/suggest.ts';
import { confirm } from '../../terminal/keyboard.ts';
import { startProgress } from '../../terminal/progress.ts';
import { printable } from '../../terminal/text.ts';
import { textTable } from '../../terminal/text-table.ts';
import { deadLetterQueues, hiddenText, withQueue } from './queues.ts';

type SelectOptions = {
  readonly queue?: string;
  readonly all?: boolean;
  readonly name?: string;
  readonly limit?: number;
};

/** `task-queue dlq redrive` and `task-queue dlq purge`. */
export function addRedriveAndPurge(dlq: Command): void {
  withSelection(dlq.command('redrive'))
    .description(
      'Run the tasks of dead letters again, with all their attempts and in their own records',
    )
    .addHelpText(
      'after',
      `
You can repeat the command safely, also after an interruption. A parent that failed because of a task
stays failed. See docs/dead-letters.md.
${examples(
  ['dlq redrive 01J0R7V3X2B8Q5D6M4N9K1T3PA', 'one task'],
  ['dlq redrive --queue priority --all', 'all tasks of a queue'],
  ['dlq redrive --name export-results --limit 100', 'up to 100 tasks of one name'],
)}`,
    )
    .action(redrive);
  withSelection(dlq.command('purge'))
    .description('Delete dead letters; their tasks stay in the log as failed')
    .option('--yes', 'Do not ask for confirmation')
    .addHelpText(
      'after',
      examples(
        ['dlq purge 4f0c…-…-…', 'a message that is not a task'],
        ['dlq purge --queue background --all --yes', 'all of a queue, without confirmation'],
      ),
    )
    .action(purge);
}

const withSelection = (command: Command): Command =>
  withQueue(command)
    .argument('[ids...]', 'Ids of tasks or messages')
    .option('--all', 'All dead letters')
    .option('--name <task>', 'Only tasks of this name')
    .option(
      '--limit <letters>',
      'Largest number to take, 1 or more (default: all)',
      wholeNumber(1),
    );

async function redrive(ids: string[], options: SelectOptions, command: Command): Promise<void> {
  refuseAll(selectionProblems(ids, options));
  const cli = cliOf(command);
  const connection = await cli.connect();
  const { redriveBatches } = await import('../../../../shared/dead-letters/dead-letter.ts');
  await handle(ids, options, { batches: redriveBatches(connection), connection, cli });
}

async function purge(
  ids: string[],
  options: SelectOptions & { readonly yes?: boolean },
  command: Command,
): Promise<void> {
  refuseAll(selectionProblems(ids, options));
  const cli = cliOf(command);
  const connection = await cli.connect();
  const { purgeBatches } = await import('../../../../shared/dead-letters/dead-letter.ts');
  const ask = () =>
    confirm(`${whatToPurge(ids, options)} will be deleted. Continue?`, cli, options);
  await handle(ids, options, { batches: purgeBatches(connection), connection, cli, ask });
}

function selectionProblems(ids: readonly string[], { all, name }: SelectOptions): string[] {
  const isFiltered = all || name !== undefined;
  if (ids.length > 0) {
    return isFiltered ? ['Specify either ids, or --all and --name, but not both.'] : [];
  }
  return isFiltered ? [] : ['Specify task ids, --name or --all.'];
}

function whatToPurge(ids: readonly string[], { queue, name, limit }: SelectOptions): string {
  if (ids.length > 0) return `The dead letters of ${ids.join(', ')}`;
  const [amount, task] = [limit === undefined ? 'All' : `Up to ${limit}`, name && ` of ${name}`];
  return `${amount} dead letters${task ?? ''}${queue === undefined ? '' : ` in queue ${queue}`}`;
}

type HandleDeps = {
  readonly batches: HandleBatch;
  readonly connection: Connection;
  readonly cli: Cli;
  readonly ask?: () => Promise<void>;
};

async function handle(
  ids: string[],
  { queue, name, limit }: SelectOptions,
  { batches, connection, cli, ask }: HandleDeps,
): Promise<void> {
  const queues = deadLetterQueues(connection, queue);
  await ask?.();
  const { handleDeadLetters } = await import('../../../../shared/dead-letters/visit.ts');
  const depths = await Promise.all(queues.map(({ broker }) => broker.depth()));
  const hidden = depths.reduce((sum, { inFlight }) => sum + inFlight, 0);
  const progress = startProgress(cli, limit);
  const selection = { name, limit, ids: ids.length > 0 ? ids : undefined };
  const result = await handleDeadLetters(queues, selection, batches, (handled) =>
    progress.update(handled, `${handled} dead letters`),
  );
  progress.end();
  await show(result, cli);
  const { redriven, settled, purged, missing, left } = result;
  const seen = redriven + settled + purged + left.length;
  const { names } = connection.catalogue;
  // Dead letters may be of a task that the code no longer has. Only now the name must be a mistake.
  const isMisspelt = seen === 0 && name !== undefined && !names.includes(name);
  refuseAll([isMisspelt && notOneOf('task', name, names)]);
  const areAllSeen = ids.length > 0 ? missing.length === 0 : seen === limit;
  if (hidden > 0 && !areAllSeen) cli.note(hiddenText(hidden));
}

type Left = { readonly id: string; readonly queue?: string; readonly why: string };

async function show(result: HandledLetters, cli: Cli): Promise<void> {
  const { nameOf } = await import('../../../../shared/dead-letters/dead-letter.ts');
  const left: Left[] = [
    ...result.left.map(({ letter, why }) => ({ id: nameOf(letter), queue: letter.queue, why })),
    ...result.missing.map((id) => ({ id, why: 'no dead letter has this id' })),
  ];
  const { redriven, settled, purged } = result;
  cli.print({ redriven, settled, purged, left }, () => textOf(result, left));
  if (left.length > 0) cli.run.exitCode = EXIT.refused;
}

function textOf({ redriven, settled, purged }: HandledLetters, left: readonly Left[]): string {
  const done = [
    redriven > 0 && `${redriven} redriven`,
    settled > 0 && `${settled} removed because the task had nothing left to do`,
    purged > 0 && `${purged} deleted`,
  ].filter((part) => part !== false);
  const summary = done.length > 0 ? done.join(', ') : 'Nothing to do.';
  const rows = left.map(({ id, queue = '–', why }) => [id, queue, printable(why)]);
  const table = textTable(['left', 'queue', 'reason'], rows);
  return rows.length === 0 ? summary : `${summary}\n\n${table}`;
}
