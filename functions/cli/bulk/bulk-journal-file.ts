import { isDeepStrictEqual } from 'node:util';
import {
  type BulkJournal,
  type BulkProgress,
  type BulkTarget,
  beginning,
} from '../../../shared/bulk/bulk-journal.ts';
import { FileJournal, JournalBusyError } from '../../../shared/bulk/file-journal.ts';
import { LineReader } from '../../../shared/bulk/line-reader.ts';
import { CliError } from '../kit/cli-error.ts';

export type OpenJournal = {
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
): Promise<OpenJournal> {
  const start = beginning(target, new LineReader(nothing()).sha256);
  if (path === undefined) {
    return { journal: { write: async () => undefined }, progress: start, release: async () => {} };
  }
  const journal = await take(path);
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

async function take(path: string): Promise<FileJournal> {
  try {
    return await FileJournal.take(path);
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
