import type { DeadLetterQueue } from '../../../shared/dead-letters/visit-dead-letters.ts';
import type { Connection } from '../cli.ts';
import { notOneOf } from './options/not-one-of.ts';
import { refuseAll } from './options/refuse-all.ts';

/** What another command looks at cannot be seen, until it is done or its leases have ended. */
export const heldText = (held: number): string =>
  `About ${held} were looked at by somebody else, or by a command that was killed: try again in a while.`;

/** Those of all queues, or of one. @throws {CliError} when that is none, or a sync queue */
export function deadLetterQueues(
  { config, deadLetters }: Connection,
  queue: string | undefined,
): DeadLetterQueue[] {
  const known = config.queues.map(({ name }) => name);
  if (queue !== undefined && !deadLetters.has(queue)) {
    const hasNone = `The tasks of "${queue}" run in the caller: it has no dead letters.`;
    refuseAll([known.includes(queue) ? hasNone : notOneOf('queue', queue, known)]);
  }
  return [...deadLetters]
    .filter(([name]) => queue === undefined || name === queue)
    .map(([name, broker]) => ({ queue: name, broker }));
}
