import { type FileHandle, open } from 'node:fs/promises';
import type { Refusal } from '../../../shared/bulk/bulk-line.ts';
import { CliError } from '../kit/cli-error.ts';

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
