import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { InstallError, installFromPypi } from '../support/install-from-pypi.ts';

const run = promisify(execFile);

/**
 * Installs the emulator from PyPI, unless an earlier run has.
 * @returns the path of its program
 * @throws {InstallError}
 */
export async function installMinistack(): Promise<string> {
  await run('openssl', ['version']).catch((cause: unknown) => {
    throw new InstallError('The emulator needs openssl, which makes its certificate.', { cause });
  });
  return installFromPypi('ministack', join(import.meta.dirname, 'requirements.txt'));
}
