import type { Command } from 'commander';
import { addListDeadLetters } from './list.ts';
import { addRedriveAndPurge } from './redrive.ts';
import { addShowDeadLetter } from './show.ts';

/** `task-queue dlq …` */
export function addDlqCommand(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('List, inspect, redrive and purge dead letters: messages that workers gave up on');
  addListDeadLetters(dlq);
  addShowDeadLetter(dlq);
  addRedriveAndPurge(dlq);
}
