import type { Command } from 'commander';
import type { DeadLetterQueue } from '../../../../shared/dead-letters/visit.ts';
import type { Connection } from '../../cli.ts';
import { refuseAll } from '../../kit/cli-error.ts';
import { notOneOf } from '../../kit/suggest.ts';

/** Adds the option that limits a command to one queue. */
export const withQueue = (command: Command): Command =>
  command.option('--queue <name>', 'Only this queue (default: all)');

/** The dead-letter queues of all queues, or of one. @throws {CliError} if that one has none */
export function deadLetterQueues(
  { config, deadLetters }: Connection,
  queue: string | undefined,
): DeadLetterQueue[] {
  const known = config.queues.map(({ name }) => name);
  if (queue !== undefined && !deadLetters.has(queue)) {
    const hasNone = `Queue "${queue}" has no dead letters: its tasks run in the process that enqueues them.`;
    refuseAll([known.includes(queue) ? hasNone : notOneOf('queue', queue, known)]);
  }
  return [...deadLetters]
    .filter(([name]) => queue === undefined || name === queue)
    .map(([name, broker]) => ({ queue: name, broker }));
}

/** Letters that another command looks at are hidden until it ends, or until their leases end. */
export const hiddenText = (hidden: number): string =>
  `About ${hidden} are hidden: another command looks at them, or was killed. Try again in a minute.`;
