import type { Command } from 'commander';
import { examples } from '../../kit/examples.ts';
import { wholeNumber } from '../../kit/options/parse-option.ts';
import { purge, redrive } from './dlq-handle.ts';
import { listDeadLetters } from './dlq-list.ts';
import { showDeadLetter } from './dlq-show.ts';

const DEFAULT_LIMIT = 20;
const MAX_LISTED = 10_000;
const IDS = 'of tasks, or of messages';

/** `task-queue dlq …` */
export function addDlqCommand(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('dead letters: messages that were given up on, and the records of their tasks');
  withQueue(dlq.command('list'))
    .description('dead letters, those first that died last')
    .option(
      '--limit <letters>',
      `most to show, 1 to ${MAX_LISTED}`,
      wholeNumber(1, MAX_LISTED),
      DEFAULT_LIMIT,
    )
    .addHelpText(
      'after',
      examples(['dlq list', 'of all queues'], ['dlq list --queue priority --limit 100', 'of one']),
    )
    .action(listDeadLetters);
  withQueue(dlq.command('show'))
    .description('one dead letter: its message, the record of its task and the report')
    .argument('<id>', 'of the task, or of the message')
    .addHelpText(
      'after',
      examples(['dlq show 01J0R7V3X2B8Q5D6M4N9K1T3PA', 'by the id of its task']),
    )
    .action(showDeadLetter);
  withSelection(dlq.command('redrive'))
    .description(
      'runs the tasks of dead letters anew: with all their attempts, in their own records',
    )
    .addHelpText(
      'after',
      `
Repeating it is harmless, wherever it was interrupted. A parent that has failed because of a task
stays failed. See docs/dead-letters.md.
${examples(
  ['dlq redrive 01J0R7V3X2B8Q5D6M4N9K1T3PA', 'one task'],
  ['dlq redrive --queue priority --all', 'all of a queue'],
  ['dlq redrive --name export-results --limit 100', 'some of one kind'],
)}`,
    )
    .action(redrive);
  withSelection(dlq.command('purge'))
    .description('deletes dead letters for good; their tasks stay in the log, as failed')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      examples(
        ['dlq purge 4f0c…-…-…', 'a message that is no task'],
        ['dlq purge --queue background --all --yes', 'all of a queue, without being asked'],
      ),
    )
    .action(purge);
}

const withQueue = (command: Command): Command =>
  command.option('--queue <name>', 'only of this queue (default: all)');

const withSelection = (command: Command): Command =>
  withQueue(command)
    .argument('[ids...]', IDS)
    .option('--all', 'all of them')
    .option('--name <task>', 'only those of this task name')
    .option('--limit <letters>', 'most to take, 1 or more (default: all)', wholeNumber(1));
