import { spawn } from 'node:child_process';
import type { Janitor } from '../../../shared/pool/run-in-process.ts';
import { programPath } from './program-path.ts';

/**
 * Starts a process that ends others, each with its process group, when this one is gone: the system
 * closes its input even after SIGKILL. `end` ends it, and what is still there.
 */
export function startJanitor(): Janitor & { end(): void } {
  const { stdin } = spawn(process.execPath, [programPath('reaper')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  stdin.on('error', () => undefined);
  return {
    add: (pid) => stdin.write(`+${pid}\n`),
    remove: (pid) => stdin.write(`-${pid}\n`),
    end: () => stdin.end(),
  };
}
