import { createReadStream } from 'node:fs';
import { ConfigInvalidError } from '../errors.ts';
import type { FileStore } from '../files/file-store.ts';
import { type NewTaskFile, PermanentTaskError, type StoredFile } from '../task/task-context.ts';
import type { Claim } from '../task-log/task-log.ts';

/** The limit of most file systems. S3 keeps a name in 2 KB, with every byte written as `%XX`. */
const MAX_NAME_BYTES = 255;

/**
 * The file that one attempt stored last. The token of the claim is part of its key, so an attempt that
 * lost its claim cannot overwrite the file of its successor.
 */
export class AttemptFile {
  readonly #claim: Claim;
  readonly #files: FileStore | undefined;
  #stored: StoredFile | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(claim: Claim, files: FileStore | undefined) {
    this.#claim = claim;
    this.#files = files;
  }

  /** Returns the file that was stored last, even by a call that the handler did not await. */
  async last(): Promise<StoredFile | undefined> {
    await this.#turn;
    return this.#stored;
  }

  /** @throws {PermanentTaskError | ConfigInvalidError | FilesUnavailableError} */
  store(file: NewTaskFile, signal: AbortSignal): Promise<StoredFile> {
    // One after the other, so that the name of one file never goes with the content of another.
    const turn = this.#turn.then(() => this.#put(file, signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #put(file: NewTaskFile, signal: AbortSignal): Promise<StoredFile> {
    const { name, contentType = 'application/octet-stream' } = file;
    assertStorable(name, contentType);
    if (!this.#files) {
      const message = 'is missing: this deployment has no bucket, so tasks cannot store files';
      throw new ConfigInvalidError('of the file store', [{ path: 'bucket', message }]);
    }
    const key = `files/${this.#claim.taskId}/${this.#claim.token}`;
    const content = 'path' in file ? contentOf(file.path) : file.content;
    const bytes = await this.#files.put({ key, content, contentType, name, signal });
    this.#stored = { key, name, bytes, contentType };
    return this.#stored;
  }
}

/** Opens the file when it is first read. Nothing would handle the errors of a stream that is never read. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}

/** @throws {PermanentTaskError} naming every problem: another attempt would choose the same name */
function assertStorable(name: string, contentType: string): void {
  const bytes = Buffer.byteLength(name);
  const problems: string[] = [];
  if (bytes < 1 || bytes > MAX_NAME_BYTES) {
    problems.push(`its name has ${bytes} bytes, not 1 to ${MAX_NAME_BYTES}`);
  }
  if (/[/\\\p{Cc}]/u.test(name) || ['.', '..'].includes(name) || !name.isWellFormed()) {
    problems.push('its name is a path, or has characters that file names cannot have');
  }
  if (!/^[\w.+-]+\/[\w.+-]+(;[ -~]*)?$/.test(contentType) || contentType.length > 255) {
    problems.push(`its content type must be like text/csv, but is ${JSON.stringify(contentType)}`);
  }
  if (problems.length === 0) return;
  throw new PermanentTaskError(
    `The file ${JSON.stringify(name.slice(0, 255))} cannot be stored: ${problems.join('; ')}.`,
  );
}
