import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CliError } from '../kit/cli-error.ts';

/** Fewer, larger reads than the default of 64 KiB. */
const READ_BYTES = 256 * 1024;

export type BulkSource = {
  readonly stream: Readable;
  /** In bytes. Unknown for what comes from a pipe. */
  readonly size: number | undefined;
};

/** @param path `-` for standard input. @throws {CliError} when it cannot be opened */
export async function openBulkSource(path: string): Promise<BulkSource> {
  if (path === '-') return { stream: process.stdin, size: undefined };
  try {
    const file = await open(path);
    const found = await file.stat();
    if (found.isDirectory()) throw new Error('it is a directory');
    const stream = file.createReadStream({ highWaterMark: READ_BYTES });
    return { stream, size: found.isFile() ? found.size : undefined };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`The file cannot be read: ${reason}.`);
  }
}
