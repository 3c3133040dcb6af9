import type { Command } from 'commander';
import type {
  HandleBatch,
  HandledLetters,
} from '../../../../shared/dead-letters/handle-dead-letters.ts';
import type { DeadLetterQueue } from '../../../../shared/dead-letters/visit-dead-letters.ts';
import { type Cli, type Connection, cliOf } from '../../cli.ts';
import { EXIT } from '../../kit/cli-error.ts';
import { deadLetterQueues, heldText } from '../../kit/dead-letter-queues.ts';
import { notOneOf } from '../../kit/options/not-one-of.ts';
import { refuseAll } from '../../kit/options/refuse-all.ts';
import { confirm } from '../../terminal/confirm.ts';
import { printable } from '../../terminal/printable.ts';
import { startProgress } from '../../terminal/progress.ts';
import { textTable } from '../../terminal/text-table.ts';

type SelectOptions = {
  readonly queue?: string;
  readonly all?: boolean;
  readonly name?: string;
  readonly limit?: number;
};

type HandleDeps = {
  readonly queues: readonly DeadLetterQueue[];
  readonly connection: Connection;
  readonly cli: Cli;
};

export async function redrive(
  ids: string[],
  options: SelectOptions,
  command: Command,
): Promise<void> {
  refuseAll(selectionProblems(ids, options));
  const cli = cliOf(command);
  const connection = await cli.connect();
  const { redriveBatches } = await import('../../../../shared/dead-letters/redrive.ts');
  const queues = deadLetterQueues(connection, options.queue);
  await handle(ids, options, redriveBatches(connection), { queues, connection, cli });
}

export async function purge(
  ids: string[],
  options: SelectOptions & { readonly yes?: boolean },
  command: Command,
): Promise<void> {
  refuseAll(selectionProblems(ids, options));
  const cli = cliOf(command);
  const connection = await cli.connect();
  const { purgeBatches } = await import('../../../../shared/dead-letters/purge.ts');
  const queues = deadLetterQueues(connection, options.queue);
  await confirm(`${whatToPurge(ids, options)} will be deleted for good. Go on?`, options);
  await handle(ids, options, purgeBatches(connection), { queues, connection, cli });
}

function selectionProblems(ids: readonly string[], { all, name }: SelectOptions): string[] {
  const isNarrowed = all || name !== undefined;
  if (ids.length > 0) return isNarrowed ? ['Give ids, or --all and --name, not both.'] : [];
  return isNarrowed ? [] : ['Say which: ids, --name or --all.'];
}

function whatToPurge(ids: readonly string[], { queue, name, limit }: SelectOptions): string {
  if (ids.length > 0) return `The dead letters of ${ids.join(', ')}`;
  const [amount, task] = [limit === undefined ? 'All' : `Up to ${limit}`, name && ` of ${name}`];
  return `${amount} dead letters${task ?? ''}${queue === undefined ? '' : ` in queue ${queue}`}`;
}

async function handle(
  ids: string[],
  { name, limit }: SelectOptions,
  batches: HandleBatch,
  { queues, connection, cli }: HandleDeps,
): Promise<void> {
  const { handleDeadLetters } = await import(
    '../../../../shared/dead-letters/handle-dead-letters.ts'
  );
  const { nameOf } = await import('../../../../shared/dead-letters/dead-letter.ts');
  const held = await heldOf(queues);
  const progress = startProgress(limit);
  const selection = { name, limit, ...(ids.length > 0 && { ids }) };
  const result = await handleDeadLetters(queues, selection, batches, (handled) =>
    progress.update(handled, `${handled} dead letters`),
  );
  progress.end();
  const left = [
    ...result.left.map(({ letter, why }) => ({ id: nameOf(letter), queue: letter.queue, why })),
    ...result.missing.map((id) => ({ id, why: 'no dead letter has this id' })),
  ];
  const { redriven, settled, purged } = result;
  cli.print({ redriven, settled, purged, left }, () => textOf(result, left));
  if (left.length > 0) process.exitCode = EXIT.refused;
  const seen = redriven + settled + purged + result.left.length;
  const { names } = connection.catalogue;
  // Of a task that is no longer in the code there may be dead letters: only now it must be a mistake.
  const isMisspelt = seen === 0 && name !== undefined && !names.includes(name);
  refuseAll([isMisspelt && notOneOf('task', name, names)]);
  const areAllSeen = ids.length > 0 ? result.missing.length === 0 : seen === limit;
  if (held > 0 && !areAllSeen) cli.note(heldText(held));
}

function textOf(
  { redriven, settled, purged }: HandledLetters,
  left: readonly { id: string; queue?: string; why: string }[],
): string {
  const done = [
    ...(redriven > 0 ? [`${redriven} redriven`] : []),
    ...(settled > 0 ? [`${settled} removed: there was nothing left to do for the task`] : []),
    ...(purged > 0 ? [`${purged} deleted`] : []),
  ];
  const summary = done.length > 0 ? done.join(', ') : 'nothing was done';
  const rows = left.map(({ id, queue = '–', why }) => [id, queue, printable(why)]);
  return rows.length === 0 ? summary : `${summary}\n\n${textTable(['left', 'queue', 'why'], rows)}`;
}

/** What another command looks at cannot be seen, until it is done or its leases have ended. */
async function heldOf(queues: readonly DeadLetterQueue[]): Promise<number> {
  const depths = await Promise.all(queues.map(({ broker }) => broker.depth()));
  return depths.reduce((sum, { inFlight }) => sum + inFlight, 0);
}
