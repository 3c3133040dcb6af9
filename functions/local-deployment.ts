import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { replaceFile } from '../shared/config/replace-file.ts';

/** The deployment on this machine, as `npm start` and `task-queue init` note it for the command line. */
export type LocalDeployment = {
  /** Id of the process that keeps it running. Absent for servers that run elsewhere. */
  readonly pid?: number;
  readonly apiUrl?: string;
  /** The configuration that people edit. */
  readonly configPath: string;
  /** Variables that processes need to reach its servers. */
  readonly env: Readonly<Record<string, string>>;
};

const OWNER_ONLY = 0o600;
const FILE = join('.task-queue', 'local.json');

export function writeLocalDeployment(deployment: LocalDeployment, directory = process.cwd()): void {
  const path = join(directory, FILE);
  mkdirSync(dirname(path), { recursive: true });
  // It may hold the password of a database.
  replaceFile(path, `${JSON.stringify(deployment, null, 2)}\n`, undefined, OWNER_ONLY);
}

/** Reads the deployment of this directory or a parent; none if its process has ended. */
export const readLocalDeployment = (directory = process.cwd()): LocalDeployment | undefined =>
  findLocalDeployment(directory)?.deployment;

/** Finds the deployment and the directory that contains it. */
export function findLocalDeployment(
  directory: string,
): { readonly directory: string; readonly deployment: LocalDeployment } | undefined {
  const deployment = tryRead(join(directory, FILE));
  if (deployment) {
    const { pid } = deployment;
    return pid === undefined || isAlive(pid) ? { directory, deployment } : undefined;
  }
  const parent = resolve(directory, '..');
  return parent === directory ? undefined : findLocalDeployment(parent);
}

/** Unless somebody else has written it since. */
export function removeLocalDeployment(pid: number, directory = process.cwd()): void {
  const path = join(directory, FILE);
  if (tryRead(path)?.pid === pid) rmSync(path);
}

function tryRead(path: string): LocalDeployment | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LocalDeployment;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
