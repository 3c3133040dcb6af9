import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { INTERRUPTED } from '../terminal/keyboard.ts';
import { startProgress } from '../terminal/progress.ts';
import { CliError } from './cli-error.ts';

/**
 * Downloads as it comes, whatever its length. @param to a path, or a stream that stays open
 * @throws {CliError} when the server refuses, or Ctrl-C ends it
 */
export async function download(
  url: string,
  bytes: number,
  to: string | NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  const progress = startProgress(bytes);
  let done = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      progress.update(done, `${done} of ${bytes} bytes`);
      next(null, chunk);
    },
  });
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || !response.body) throw refused(response.status);
    const target = typeof to === 'string' ? createWriteStream(to) : to;
    const isOurs = typeof to === 'string';
    await pipeline(Readable.fromWeb(response.body), counted, target, { signal, end: isOurs });
  } catch (error) {
    throw signal.aborted ? new CliError('The download was given up.', INTERRUPTED) : error;
  } finally {
    progress.end();
  }
}

const refused = (status: number): CliError =>
  new CliError(`The file could not be downloaded: the file store answered ${status}.`);
