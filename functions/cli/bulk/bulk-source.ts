import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CliError } from '../cli-error.ts';

/** Fewer, larger reads than the default of 64 KiB. */
const READ_BYTES = 256 * 1024;

export type BulkSource = {
  readonly stream: AsyncIterable<Uint8Array>;
  /** In bytes. Unknown for what comes from a pipe. */
  readonly size: number | undefined;
};

/** @param path `-` for standard input. @throws {CliError} when there is no such file */
export async function openBulkSource(path: string): Promise<BulkSource> {
  if (path === '-') return { stream: process.stdin, size: undefined };
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new Error('it is a directory');
    const stream = createReadStream(path, { highWaterMark: READ_BYTES });
    return { stream, size: found.isFile() ? found.size : undefined };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`The file cannot be read: ${reason}.`);
  }
}
