#!/usr/bin/env node
import { runCommandLine } from './program.ts';

// The reader of the output, such as `head` or a terminal, may close it early. A worker obeys SIGHUP: it
// finishes its running tasks first.
let isUnread = false;
const onUnread = (error: NodeJS.ErrnoException): void => {
  if (isUnread) return;
  isUnread = true;
  if (!process.emit('SIGHUP', 'SIGHUP')) process.exit(error.code === 'EPIPE' ? 0 : 1);
};
for (const stream of [process.stdout, process.stderr]) stream.on('error', onUnread);

process.exitCode = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  directory: process.cwd(),
  pathOf: (path) => path,
  pid: process.pid,
  // Lazy: opening standard input takes longer than the help.
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt: (act) => process.once('SIGINT', act),
  setEnvironment: (env) => {
    for (const [name, value] of Object.entries(env)) {
      // Assigned, undefined would become a text.
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  },
});
// A listener or a timer that is left may keep the process alive. The callback runs once the output is
// written.
process.stdout.write('', () => process.exit());
