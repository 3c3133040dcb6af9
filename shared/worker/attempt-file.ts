import { createReadStream } from 'node:fs';
import { ConfigInvalidError } from '../errors.ts';
import type { FileStore } from '../files/file-store.ts';
import { PermanentTaskError } from '../task/handler-errors.ts';
import type { NewTaskFile, StoredFile } from '../task/stored-file.ts';
import type { Claim } from '../task-log/task-log.ts';

/** As most disks have it. S3 keeps a name in 2 KB, with every byte spelled as `%XX`. */
const MAX_NAME_BYTES = 255;

/**
 * The file of one attempt: the one that was stored last. Its key has the claim's token in it, so an
 * attempt that lost its claim cannot write over its successor's.
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

  /** What was stored last, also by a call that the handler did not wait for. */
  async last(): Promise<StoredFile | undefined> {
    await this.#turn;
    return this.#stored;
  }

  /** @throws {PermanentTaskError | ConfigInvalidError | FilesUnavailableError} */
  store(file: NewTaskFile, signal: AbortSignal): Promise<StoredFile> {
    // One after the other: the name of one must not come to stand for the content of another.
    const turn = this.#turn.then(() => this.#put(file, signal));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #put(file: NewTaskFile, signal: AbortSignal): Promise<StoredFile> {
    const { name, contentType = 'application/octet-stream' } = file;
    assertStorable(name, contentType);
    if (!this.#files) {
      const message = 'this deployment has none, so a task cannot store files';
      throw new ConfigInvalidError('of the file store', [{ path: 'bucket', message }]);
    }
    const key = `files/${this.#claim.taskId}/${this.#claim.token}`;
    const content = 'path' in file ? contentOf(file.path) : file.content;
    const bytes = await this.#files.put({ key, content, contentType, name, signal });
    this.#stored = { key, name, bytes, contentType };
    return this.#stored;
  }
}

/** Opened when it is read, not before: a stream that nobody reads has nobody to tell its errors. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path);
}

/** @throws {PermanentTaskError} naming all that is wrong: the next attempt would choose the same */
function assertStorable(name: string, contentType: string): void {
  const bytes = Buffer.byteLength(name);
  const problems: string[] = [];
  if (bytes < 1 || bytes > MAX_NAME_BYTES) {
    problems.push(`its name has ${bytes} bytes, not 1 to ${MAX_NAME_BYTES}`);
  }
  if (/[/\\\p{Cc}]/u.test(name) || ['.', '..'].includes(name) || !name.isWellFormed()) {
    problems.push('its name is a path, or has characters that no file name has');
  }
  if (!/^[\w.+-]+\/[\w.+-]+(;[ -~]*)?$/.test(contentType) || contentType.length > 255) {
    problems.push(`its content type is none, like text/csv: ${JSON.stringify(contentType)}`);
  }
  if (problems.length === 0) return;
  throw new PermanentTaskError(
    `The file ${JSON.stringify(name.slice(0, 255))} cannot be stored: ${problems.join('; ')}.`,
  );
}
