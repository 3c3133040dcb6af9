import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Reaper } from '../../../shared/pool/run-in-process.ts';

/** The programs of this folder that other processes start. */
export type ProgramName = 'reaper' | 'task-process';

/**
 * Returns the path of a program: in this folder, as source or compiled, or in the bundle of the command
 * line (dev/build-cli.ts), where this code is a chunk in a folder below.
 * @throws {Error} when the bundle lacks the program
 */
export function programPath(name: ProgramName): string {
  const places = [`./${name}.ts`, `./${name}.js`, `../${name}.mjs`, `./${name}.mjs`];
  const paths = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`The program ${name} is neither source nor bundled.`);
  return path;
}

/**
 * Returns a reaper: a process that ends others, each with its process group, when this process is gone.
 * The system closes its input even after SIGKILL. It starts with the first process it has to know.
 * `end` ends it, and the processes it still knows.
 */
export function startReaper(): Reaper & { end(): void } {
  let input: Writable | undefined;
  const write = (line: string): void => {
    input ??= spawnReaper();
    input.write(line);
  };
  return {
    add: (pid) => write(`+${pid}\n`),
    remove: (pid) => write(`-${pid}\n`),
    end: () => void input?.end(),
  };
}

function spawnReaper(): Writable {
  const { stdin } = spawn(process.execPath, [programPath('reaper')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  stdin.on('error', () => undefined);
  return stdin;
}
