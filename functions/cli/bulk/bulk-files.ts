import { type FileHandle, open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { Refusal } from '../../../shared/bulk/bulk-line.ts';
import {
  type BulkJournal,
  type BulkProgress,
  type BulkTarget,
  beginning,
  FileJournal,
  JournalBusyError,
} from '../../../shared/bulk/file-journal.ts';
import { LineReader } from '../../../shared/bulk/line-reader.ts';
import { messageOf } from '../../../shared/foreign/text.ts';
import type { Cli } from '../cli.ts';
import type { Host } from '../host.ts';
import { CliError, usageError } from '../kit/cli-error.ts';

/** Fewer, larger reads than the default of 64 KiB. */
const READ_BYTES = 256 * 1024;

export type BulkSource = {
  readonly stream: Readable;
  /** In bytes. Unknown for what comes from a pipe. */
  readonly size: number | undefined;
};

/** @param path `-` for standard input. @throws {CliError} when it cannot be opened */
export async function openBulkSource(path: string, { host, run }: Cli): Promise<BulkSource> {
  if (path === '-') return { stream: host.stdin, size: undefined };
  try {
    const file = await open(host.pathOf(path));
    run.opened(() => file.close());
    const found = await file.stat();
    if (found.isDirectory()) throw new Error('it is a directory');
    const stream = file.createReadStream({ highWaterMark: READ_BYTES });
    return { stream, size: found.isFile() ? found.size : undefined };
  } catch (error) {
    const reason = messageOf(error);
    throw new CliError(`The file cannot be read: ${reason}.`);
  }
}

type BulkFiles = {
  readonly source: string;
  readonly errors: string | undefined;
  readonly journal: string | undefined;
};

/** @throws {CliError} when one of them would be written over another, under whatever name */
export async function assertDistinct(
  { source, errors, journal }: BulkFiles,
  host: Host,
): Promise<void> {
  const [read, refused, noted] = await Promise.all(
    [source, errors, journal].map((path) => identityOf(path, host)),
  );
  const isSame = (one?: string, other?: string): boolean => one !== undefined && one === other;
  const problems = [
    isSame(refused, read) && `--errors would overwrite ${source}, which is to be enqueued.`,
    isSame(noted, read) && `--journal would overwrite ${source}, which is to be enqueued.`,
    isSame(refused, noted) && `--errors would overwrite ${journal}, the journal.`,
  ];
  const told = problems.filter((problem) => problem !== false);
  if (told.length > 0) throw usageError(told.join('\n'));
}

/** By the file itself if it is there: it may have several names. */
async function identityOf(
  path: string | undefined,
  { directory, pathOf }: Host,
): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    const { dev, ino } = await stat(pathOf(path));
    return `${dev}:${ino}`;
  } catch {
    return resolve(directory, path);
  }
}

type OpenJournal = {
  readonly journal: BulkJournal;
  /** From the journal, or the beginning. */
  readonly progress: BulkProgress;
  /** Lets another process have it. */
  readonly release: () => Promise<void>;
};

/**
 * @param path absent: nothing is kept, and every run starts from the beginning
 * @throws {CliError} when another process works with it, or it is of another command
 */
export async function openJournal(
  path: string | undefined,
  target: BulkTarget,
  { restart = false }: { readonly restart?: boolean | undefined },
  host: Host,
): Promise<OpenJournal> {
  const start = beginning(target, new LineReader(nothing()).sha256);
  if (path === undefined) {
    return { journal: { write: async () => undefined }, progress: start, release: async () => {} };
  }
  const journal = await take(path, host);
  const release = (): Promise<void> => journal.release();
  try {
    const kept = restart ? undefined : await journal.read();
    if (kept) assertSame(kept, target, path);
    return { journal, progress: kept ?? start, release };
  } catch (error) {
    await release();
    if (!(error instanceof SyntaxError)) throw error;
    throw new CliError(`${path} is no journal. Name another one with --journal.`);
  }
}

async function take(path: string, { pathOf }: Host): Promise<FileJournal> {
  try {
    return await FileJournal.take(pathOf(path));
  } catch (error) {
    if (error instanceof JournalBusyError) throw new CliError(error.message);
    throw new CliError(
      `The journal cannot be written: ${(error as Error).message}.\nName another place with --journal.`,
    );
  }
}

function assertSame({ version, target }: BulkProgress, asked: BulkTarget, path: string): void {
  if (version !== 1) throw new CliError(`${path} is no journal of this version.`);
  if (isDeepStrictEqual(target, asked)) return;
  throw new CliError(
    `${path} is the journal of another command:\n` +
      `  it is of ${described(target)},\n  this is for ${described(asked)}.\n` +
      'Repeat that command, or forget it with --restart: all lines become new tasks then.',
  );
}

const described = (target: BulkTarget): string =>
  Object.entries(target)
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    .join(', ');

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Keeps refused lines, each as a JSON object on a line of its own. */
export type RefusalFile = {
  /** Resolves when they will be there after a crash. @returns the size of the file */
  append(refusals: readonly Refusal[]): Promise<number>;
  close(): Promise<void>;
};

/**
 * @param keepBytes of what is in it; the rest would come twice
 * @param isLasting false: nothing that follows relies on it after a crash
 */
export async function openRefusalFile(
  path: string,
  keepBytes: number,
  isLasting = true,
): Promise<RefusalFile> {
  const file = await openToAppend(path);
  const found = await file.stat();
  // /dev/null and the like cannot be synced.
  const isSynced = isLasting && found.isFile();
  let { size } = found;
  if (size > keepBytes) {
    await file.truncate(keepBytes);
    size = keepBytes;
  }
  return {
    append: async (refusals) => {
      if (refusals.length === 0) return size;
      const text = refusals.map((refusal) => `${JSON.stringify(refusal)}\n`).join('');
      await file.appendFile(text);
      if (isSynced) await file.sync();
      size += Buffer.byteLength(text);
      return size;
    },
    close: () => file.close(),
  };
}

async function openToAppend(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a');
  } catch (error) {
    throw new CliError(`The refused lines cannot be kept: ${(error as Error).message}.`);
  }
}

/** For a terminal, on one line. */
export function refusedLineText({ line, message, problems }: Refusal): string {
  const details = problems.map(({ path, message: what }) => (path ? `${path}: ${what}` : what));
  return `line ${line}: ${[message, details.join('; ')].filter(Boolean).join(' ')}`;
}
