import { createInterface } from 'node:readline';

/**
 * Ends processes, with all that they started, when the one that they belong to is gone, however it
 * ended: its input is a pipe from there, and the system closes that even after SIGKILL. Lines are
 * `+pid`, `-pid`; each has a process group of its own.
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
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It ended by itself a moment ago.
    }
  }
});
