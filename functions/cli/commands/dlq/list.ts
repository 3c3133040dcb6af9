import type { Command } from 'commander';
import type { DeadLetter } from '../../../../shared/dead-letters/dead-letter.ts';
import { type Connection, cliOf } from '../../cli.ts';
import { examples } from '../../kit/examples.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { paint } from '../../terminal/paint.ts';
import { printable } from '../../terminal/printable.ts';
import { textTable } from '../../terminal/text-table.ts';
import { deadLetterQueues, hiddenText, withQueue } from './queues.ts';

type ListOptions = { readonly queue?: string; readonly limit: number };
type Row = Awaited<ReturnType<typeof rowOf>>;

const DEFAULT_LIMIT = 20;
const MAX_LISTED = 10_000;
/** Keeps a row within the width of most terminals. */
const MAX_REASON = 60;

/** `task-queue dlq list` */
export function addListDeadLetters(dlq: Command): void {
  withQueue(dlq.command('list'))
    .description('List dead letters, the latest first')
    .option(
      '--limit <letters>',
      `Largest number to show, 1 to ${MAX_LISTED}`,
      wholeNumber(1, MAX_LISTED),
      DEFAULT_LIMIT,
    )
    .addHelpText(
      'after',
      examples(
        ['dlq list', 'dead letters of all queues'],
        ['dlq list --queue priority --limit 100', 'up to 100 of one queue'],
      ),
    )
    .action(listDeadLetters);
}

async function listDeadLetters({ queue, limit }: ListOptions, command: Command): Promise<void> {
  const cli = cliOf(command);
  const connection = await cli.connect();
  const queues = deadLetterQueues(connection, queue);
  const { collectDeadLetters } = await import('../../../../shared/dead-letters/visit.ts');
  const { letters, total } = await collectDeadLetters(queues, { limit });
  const rows = await Promise.all(letters.map((letter) => rowOf(letter, connection)));
  cli.print({ deadLetters: rows, total }, () => tableOf(rows, total));
  if (total <= rows.length) return;
  const shown = `Shows ${rows.length} of about ${total}, in the order received. Use --limit to see more.`;
  cli.note(rows.length < limit ? hiddenText(total - rows.length) : shown);
}

async function rowOf(letter: DeadLetter, { log }: Connection) {
  const { isoTime } = await import('../../../../shared/clock.ts');
  const { nameOf, reasonOf, recordIdOf } = await import(
    '../../../../shared/dead-letters/dead-letter.ts'
  );
  const { queue, delivery, task } = letter;
  const recordId = recordIdOf(letter);
  const record = recordId === undefined ? undefined : await log.getSummary(recordId, 'soon');
  const time = isoTime(delivery.sentAt);
  return {
    id: nameOf(letter),
    messageId: delivery.messageId,
    queue,
    name: task?.name,
    reason: reasonOf(letter),
    // SQS does not tell when it moved a message here.
    diedAt: delivery.deadLetter ? time : undefined,
    sentAt: delivery.deadLetter ? undefined : time,
    recordId: record?.id,
    status: record?.status,
    attempts: record?.attempt,
  };
}

function tableOf(rows: readonly Row[], total: number): string {
  if (rows.length === 0) {
    return total === 0
      ? 'There are no dead letters.'
      : 'All dead letters are hidden at the moment.';
  }
  return textTable(
    ['id', 'task', 'queue', 'died', 'attempts', 'status', 'reason'],
    rows.map((row) => [
      row.id,
      printable(row.name ?? '–'),
      row.queue,
      row.diedAt ?? '–',
      String(row.attempts ?? '–'),
      row.status === 'failed' ? paint('red', row.status) : (row.status ?? '–'),
      shortened(row.reason),
    ]),
  );
}

function shortened(reason: string): string {
  const line = printable(reason.replaceAll(/\s+/g, ' '));
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON - 1)}…` : line;
}
