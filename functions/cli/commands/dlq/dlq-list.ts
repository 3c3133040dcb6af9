import type { Command } from 'commander';
import type { DeadLetter } from '../../../../shared/dead-letters/dead-letter.ts';
import type { TaskSummary } from '../../../../shared/task-log/task-log.ts';
import { type Connection, cliOf } from '../../cli.ts';
import { deadLetterQueues, heldText } from '../../kit/dead-letter-queues.ts';
import { paint } from '../../terminal/paint.ts';
import { printable } from '../../terminal/printable.ts';
import { textTable } from '../../terminal/text-table.ts';

type ListOptions = { readonly queue?: string; readonly limit: number };
type Row = Awaited<ReturnType<typeof rowOf>>;

/** As wide as a terminal allows. */
const MAX_REASON = 60;

export async function listDeadLetters(
  { queue, limit }: ListOptions,
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  const connection = await cli.connect();
  const queues = deadLetterQueues(connection, queue);
  const { collectDeadLetters } = await import('../../../../shared/dead-letters/collect.ts');
  const { letters, total } = await collectDeadLetters(queues, { limit });
  const rows = await Promise.all(letters.map((letter) => rowOf(letter, connection)));
  cli.print({ deadLetters: rows, total }, () => tableOf(rows, total));
  if (total <= rows.length) return;
  const shown = `${rows.length} of about ${total} are shown, whichever came first: see --limit.`;
  cli.note(rows.length < limit ? heldText(total - rows.length) : shown);
}

async function rowOf(letter: DeadLetter, { log }: Connection) {
  const { isoTime } = await import('../../../../shared/clock.ts');
  const { nameOf, reasonOf, recordIdOf } = await import(
    '../../../../shared/dead-letters/dead-letter.ts'
  );
  const { queue, delivery, task } = letter;
  const recordId = recordIdOf(letter);
  const record = recordId === undefined ? undefined : await log.getSummary(recordId, 'soon');
  return {
    id: nameOf(letter),
    messageId: delivery.messageId,
    queue,
    ...(task && { name: task.name }),
    reason: reasonOf(letter),
    ...timesOf(letter, isoTime(delivery.sentAt)),
    ...(record && stateOf(record)),
  };
}

/** Of a message that SQS moved there it is not known when that was. */
const timesOf = ({ delivery }: DeadLetter, sentAt: string) =>
  delivery.deadLetter ? { diedAt: sentAt } : { sentAt };

const stateOf = ({ id, status, attempt }: TaskSummary) => ({
  recordId: id,
  status,
  attempts: attempt,
});

function tableOf(rows: readonly Row[], total: number): string {
  if (rows.length === 0) {
    return total === 0 ? 'There are no dead letters.' : 'No dead letter can be seen at the moment.';
  }
  return textTable(
    ['id', 'task', 'queue', 'died', 'attempts', 'status', 'reason'],
    rows.map((row) => [
      row.id,
      printable(row.name ?? '–'),
      row.queue,
      ('diedAt' in row && row.diedAt) || '–',
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
