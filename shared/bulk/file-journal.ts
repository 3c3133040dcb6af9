import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BulkDefaults } from './bulk-line.ts';

/** A place in the file: the number of lines before it, and their digest. */
export type Position = { readonly lines: number; readonly sha256: string };

/** Values that must not change during a run: the same lines would create other tasks. */
export type BulkTarget = BulkDefaults & {
  /** The table of the task log, or its database. */
  readonly table: string;
};

/**
 * How far a file has come. Lines after `done` up to `open` may have been sent, or not; those after
 * `open` were not.
 */
export type BulkProgress = {
  readonly version: 1;
  /** Random. The ids of the tasks follow from it. */
  readonly key: string;
  readonly target: BulkTarget;
  readonly done: Position & {
    readonly enqueued: number;
    readonly refused: number;
    /** Length of the file of refused lines. */
    readonly refusalBytes: number;
  };
  /** The file that keeps the refusals, if one does. */
  readonly refusalsAt?: string;
  /** The window being sent, with the time of its tasks: milliseconds since 1970. */
  readonly open?: Position & { readonly at: number };
};

/** Keeps the progress where it survives the process. */
export interface BulkJournal {
  /** Resolves when it will be there after a crash, of the machine too; till then, the one before is. */
  write(progress: BulkProgress): Promise<void>;
}

/** Where a file begins. @param sha256 of no lines */
export const beginning = (target: BulkTarget, sha256: string): BulkProgress => ({
  version: 1,
  key: randomUUID(),
  target,
  done: { lines: 0, sha256, enqueued: 0, refused: 0, refusalBytes: 0 },
});

/** Locks that this process has. Others that say so are of one that had its id before. */
const ours = new Set<string>();

/** The journal as a file of JSON, which one process at a time may write. */
export class FileJournal implements BulkJournal {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws {JournalBusyError} while another process has it */
  static async take(path: string): Promise<FileJournal> {
    const lock = resolve(lockOf(path));
    if (ours.has(lock)) throw new JournalBusyError(path, process.pid, lock);
    ours.add(lock);
    try {
      await takeLock(lock, path);
      return new FileJournal(path);
    } catch (error) {
      ours.delete(lock);
      throw error;
    }
  }

  /** Lets others have it. */
  async release(): Promise<void> {
    const lock = resolve(lockOf(this.#path));
    await rm(lock, { force: true });
    ours.delete(lock);
  }

  /** @throws {SyntaxError} when the file is something else */
  async read(): Promise<BulkProgress | undefined> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as BulkProgress;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Under another name first: whatever dies, there is a whole journal. */
  async write(progress: BulkProgress): Promise<void> {
    const draft = `${this.#path}.new`;
    const file = await open(draft, 'w');
    try {
      await file.writeFile(`${JSON.stringify(progress, null, 2)}\n`);
      await file.sync();
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    await rename(draft, this.#path);
    await syncDirectory(dirname(this.#path));
  }

  async forget(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}

/** Two at once would enqueue the same lines, each under ids of its own. */
export class JournalBusyError extends Error {
  constructor(path: string, pid: number, lock: string) {
    super(
      `Process ${pid} is working on ${path}. If it is something else by now, delete ${lock} and try again.`,
    );
  }
}

const lockOf = (path: string): string => `${path}.lock`;

async function takeLock(lock: string, path: string): Promise<void> {
  while (!(await tryLock(lock))) {
    const owner = await ownerOf(lock);
    if (owner === undefined) continue;
    if (isOther(Number(owner))) throw new JournalBusyError(path, Number(owner), lock);
    await breakLock(lock, owner);
  }
}

/** A link is created atomically, so a lock always contains the id of its process. */
async function tryLock(lock: string): Promise<boolean> {
  const mine = `${lock}.${process.pid}`;
  try {
    // On a full disk this leaves an empty file.
    await writeFile(mine, String(process.pid));
    await link(mine, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(mine, { force: true });
  }
}

/** `undefined`: it was let go meanwhile. */
async function ownerOf(lock: string): Promise<string | undefined> {
  try {
    return await readFile(lock, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** One at a time looks once more and removes it: it may be the lock of somebody who is alive by then. */
async function breakLock(lock: string, owner: string): Promise<void> {
  const breaking = `${lock}.breaking`;
  if (!(await tryLock(breaking))) {
    const other = await ownerOf(breaking);
    if (other !== undefined && !isOther(Number(other))) await rm(breaking, { force: true });
    return;
  }
  try {
    if ((await ownerOf(lock)) === owner) await rm(lock, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** In a container the next process often has the same id as the one that was killed. */
function isOther(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process runs, and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
