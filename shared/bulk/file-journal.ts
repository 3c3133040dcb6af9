import { link, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BulkJournal, BulkProgress } from './bulk-journal.ts';

/** The journal as a file of JSON, which one process at a time may write. */
export class FileJournal implements BulkJournal {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws {JournalBusyError} while another process has it */
  static async take(path: string): Promise<FileJournal> {
    const lock = lockOf(path);
    if (!(await tryLock(lock))) {
      const pid = Number(await readFile(lock, 'utf8'));
      if (isAlive(pid)) throw new JournalBusyError(path, pid, lock);
      await rm(lock, { force: true });
      return FileJournal.take(path);
    }
    return new FileJournal(path);
  }

  /** Lets others have it. */
  async release(): Promise<void> {
    await rm(lockOf(this.#path), { force: true });
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

/** A link is made in one step: nobody sees a lock that does not say whose it is. */
async function tryLock(lock: string): Promise<boolean> {
  const mine = `${lock}.${process.pid}`;
  await writeFile(mine, String(process.pid));
  try {
    await link(mine, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(mine, { force: true });
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

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives, and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
