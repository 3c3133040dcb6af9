import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { usageError } from '../kit/cli-error.ts';

export type BulkFiles = {
  readonly source: string;
  readonly errors: string | undefined;
  readonly journal: string | undefined;
};

/** @throws {CliError} when one of them would be written over another, under whatever name */
export async function assertDistinct({ source, errors, journal }: BulkFiles): Promise<void> {
  const [read, refused, noted] = await Promise.all([source, errors, journal].map(identityOf));
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
async function identityOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    const { dev, ino } = await stat(path);
    return `${dev}:${ino}`;
  } catch {
    return resolve(path);
  }
}
