import { createInterface } from 'node:readline';

/**
 * Ends processes, with everything they started, when the process that owns them is gone. Its input is a
 * pipe from the owner, which the system closes even after SIGKILL. Each line is `+pid` or `-pid`; each
 * process leads a process group.
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
      // It ended a moment ago.
    }
  }
});
