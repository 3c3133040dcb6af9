import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY_ROOT } from '../../infra/repository-root.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
/** Kept from run to run. */
export const CACHE = join(REPOSITORY_ROOT, 'node_modules', '.cache');

const run = promisify(execFile);

/** What people can mend themselves; the message is all they need. */
export class InstallError extends Error {}

/**
 * Installs the emulator from PyPI into a virtual environment, unless an earlier run has.
 * @returns the path of its program
 * @throws {InstallError}
 */
export async function installMinistack(): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const directory = join(CACHE, `ministack-${hash}`);
  const program = join(directory, 'bin', 'ministack');
  const done = join(directory, 'complete');
  await demand('openssl', ['version'], 'openssl, which makes its certificate, is not installed.');
  if (existsSync(done)) return program;
  rmSync(directory, { recursive: true, force: true });
  await demand(
    ...(['python3', ['-m', 'venv', directory], 'python3 with venv is not installed.'] as const),
  );
  await demand(
    join(directory, 'bin', 'python'),
    [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes'],
      ...['--only-binary', ':all:', '-r', REQUIREMENTS],
    ],
    'pip could not install it from PyPI.',
  );
  writeFileSync(done, '');
  return program;
}

async function demand(command: string, args: readonly string[], complaint: string): Promise<void> {
  await run(command, args).catch((cause: unknown) => {
    const { stderr = '' } = cause as { readonly stderr?: string };
    const last = stderr.trim().split('\n').at(-1) ?? '';
    const message = `The emulator that is deployed to needs Python 3.10 or newer, PyPI and openssl: ${complaint}`;
    throw new InstallError(last ? `${message} (${last})` : message, { cause });
  });
}
