#!/usr/bin/env node
import { reportError } from './kit/report-error.ts';
import { createProgram } from './program.ts';

// Whoever reads the output, `head` for one, may have seen enough. What obeys SIGTERM, a worker, first
// finishes what it has in hand.
let isUnread = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (isUnread) return;
  isUnread = true;
  if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(error.code === 'EPIPE' ? 0 : 1);
});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
// Sockets that the AWS SDK keeps for reuse would hold the process open. What was written is out by then.
process.stdout.write('', () => process.exit());
