#!/usr/bin/env node
import { reportError } from './kit/cli-error.ts';
import { createProgram } from './program.ts';

// The reader of the output, such as `head`, may close it early. A worker handles SIGTERM: it finishes
// its running tasks first.
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
// The AWS SDK keeps sockets open, which would keep the process alive. The callback runs once the output
// is written.
process.stdout.write('', () => process.exit());
