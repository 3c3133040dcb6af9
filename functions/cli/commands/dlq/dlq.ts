import type { Command } from 'commander';
import type { DeadLetter } from '../../../../shared/dead-letters/dead-letter.ts';
import type { TaskRecord } from '../../../../shared/task-log/task-log.ts';
import { type Connection, cliOf, examples } from '../../cli.ts';
import { CliError } from '../../kit/cli-error.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { type Paint, printable } from '../../terminal/text.ts';
import { textTable } from '../../terminal/text-table.ts';
import { deadLetterQueues, hiddenText, withQueue } from './queues.ts';
import { addRedriveAndPurge } from './redrive.ts';

/** `task-queue dlq …` */
export function addDlqCommand(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('List, inspect, redrive and purge dead letters: messages that workers gave up on');
  addListDeadLetters(dlq);
  addShowDeadLetter(dlq);
  addRedriveAndPurge(dlq);
}

type ListOptions = { readonly queue?: string; readonly limit: number };
type Row = Awaited<ReturnType<typeof rowOf>>;

const DEFAULT_LIMIT = 20;
const MAX_LISTED = 10_000;
/** Keeps a row within the width of most terminals. */
const MAX_REASON = 60;

/** `task-queue dlq list` */
function addListDeadLetters(dlq: Command): void {
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
  cli.print({ deadLetters: rows, total }, (paint) => tableOf(rows, total, paint));
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

function tableOf(rows: readonly Row[], total: number, paint: Paint): string {
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

type Shown = Awaited<ReturnType<typeof describe>>;

/** `task-queue dlq show` */
function addShowDeadLetter(dlq: Command): void {
  withQueue(dlq.command('show'))
    .description('Show a dead letter: its message, the record of its task and the report')
    .argument('<id>', 'Id of the task or the message')
    .addHelpText(
      'after',
      examples(['dlq show 01J0R7V3X2B8Q5D6M4N9K1T3PA', 'the dead letter of a task']),
    )
    .action(showDeadLetter);
}

async function showDeadLetter(
  id: string,
  { queue }: { readonly queue?: string },
  command: Command,
): Promise<void> {
  const cli = cliOf(command);
  const connection = await cli.connect();
  const queues = deadLetterQueues(connection, queue);
  const { collectDeadLetters } = await import('../../../../shared/dead-letters/visit.ts');
  const { letters } = await collectDeadLetters(queues, { ids: [id] });
  const { recordIdOf } = await import('../../../../shared/dead-letters/dead-letter.ts');
  const recordId = letters.map(recordIdOf).find((found) => found !== undefined) ?? id;
  const record = await connection.log.get(recordId);
  if (letters.length === 0) throw notFound(id, record);
  const shown = await Promise.all(letters.map(describe));
  const { renderReport } = await import('../../../../shared/report/report.ts');
  cli.print({ deadLetters: shown, record }, () =>
    [
      ...shown.map(textOf),
      record
        ? recordTable(record)
        : 'The task log has no record of the task, or no longer has it.\n',
      record?.report ? renderReport(record.report) : '',
    ]
      .filter((part) => part !== '')
      .map(printable)
      .join('\n'),
  );
}

async function describe(letter: DeadLetter) {
  const { isoTime } = await import('../../../../shared/clock.ts');
  const { reasonOf } = await import('../../../../shared/dead-letters/dead-letter.ts');
  const { queue, delivery, task } = letter;
  const { messageId, body, deadLetter } = delivery;
  const time = isoTime(delivery.sentAt);
  return {
    messageId,
    queue,
    reason: reasonOf(letter),
    diedAt: deadLetter ? time : undefined,
    original: deadLetter?.original,
    sentAt: deadLetter ? undefined : time,
    task,
    body: task ? undefined : body,
  };
}

function textOf(letter: Shown): string {
  const { diedAt, sentAt = '', task, body } = letter;
  const time = diedAt === undefined ? ['sent', sentAt] : ['died', diedAt];
  const message = task ? JSON.stringify(task, null, 2) : body;
  return `${textTable(
    ['message', letter.messageId],
    [['queue', letter.queue], time, ['reason', letter.reason]],
  )}\n${message}\n`;
}

const recordTable = ({ id, name, status, attempt, updatedAt }: TaskRecord): string =>
  textTable(
    ['task', id],
    [
      ['name', name],
      ['status', status],
      ['attempts', String(attempt)],
      ['updated', updatedAt],
    ],
  );

function notFound(id: string, record: TaskRecord | undefined): CliError {
  const state = record ? ` The task log has its task, with status ${record.status}.` : '';
  return new CliError(`There is no dead letter "${id}".${state}\nRun \`task-queue dlq list\`.`);
}
