import type { Command } from 'commander';
import type { DeadLetter } from '../../../../shared/dead-letters/dead-letter.ts';
import type { TaskRecord } from '../../../../shared/task-log/task-log.ts';
import { cliOf } from '../../cli.ts';
import { CliError } from '../../kit/cli-error.ts';
import { examples } from '../../kit/examples.ts';
import { printable } from '../../terminal/printable.ts';
import { textTable } from '../../terminal/text-table.ts';
import { deadLetterQueues, withQueue } from './queues.ts';

type Shown = Awaited<ReturnType<typeof describe>>;

/** `task-queue dlq show` */
export function addShowDeadLetter(dlq: Command): void {
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
  const { renderReport } = await import('../../../../shared/report/render-report.ts');
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
