import { createInterface } from 'node:readline';

/**
 * Ends the processes of a local stack when the stack itself is gone, however it ended: its input
 * is a pipe from the stack, and the system closes that even after SIGKILL. Lines are `+pid`, `-pid`.
 */
const pids = new Set<number>();

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const pid = Number(line.slice(1));
  if (line.startsWith('+')) pids.add(pid);
  else pids.delete(pid);
});
lines.on('close', () => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself a moment ago.
    }
  }
});
