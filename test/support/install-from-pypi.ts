import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';

/** Kept from run to run. */
export const CACHE = join(REPOSITORY_ROOT, 'node_modules', '.cache');

const run = promisify(execFile);

/** A problem that users can fix themselves; the message is all they need. */
export class InstallError extends Error {}

/**
 * Installs a Python program into a virtual environment of its own, unless an earlier run has.
 * @param program its name, as PyPI knows it and as it is started
 * @param requirements a file with exact versions and the hashes of their wheels
 * @returns the path of the program
 * @throws {InstallError}
 */
export async function installFromPypi(program: string, requirements: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const directory = join(CACHE, `${program}-${hash}`);
  const path = join(directory, 'bin', program);
  const done = join(directory, 'complete');
  if (existsSync(done)) return path;
  rmSync(directory, { recursive: true, force: true });
  const python = join(directory, 'bin', 'python');
  await demand(program, 'python3', ['-m', 'venv', directory], 'python3 with venv is missing.');
  await demand(program, python, pipInstall(requirements), 'pip could not install it from PyPI.');
  writeFileSync(done, '');
  return path;
}

const pipInstall = (requirements: string): string[] => [
  ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes'],
  ...['--only-binary', ':all:', '-r', requirements],
];

async function demand(
  program: string,
  command: string,
  args: readonly string[],
  complaint: string,
): Promise<void> {
  await run(command, args).catch((cause: unknown) => {
    const { stderr = '' } = cause as { readonly stderr?: string };
    const last = stderr.trim().split('\n').at(-1) ?? '';
    const message = `${program} needs Python 3.10 or newer and PyPI: ${complaint}`;
    throw new InstallError(last ? `${message} (${last})` : message, { cause });
  });
}
