import { buffer } from 'node:stream/consumers';
import type { FileStore, NewFile } from '../files/file-store.ts';

/** File store of this process, for tests. Its addresses carry the file itself, and never expire. */
export class MemoryFileStore implements FileStore {
  readonly #files = new Map<string, { content: Buffer; contentType: string }>();

  /** Keys of all files. */
  get keys(): string[] {
    return [...this.#files.keys()].sort();
  }

  async put({ key, content: source, contentType, signal }: NewFile): Promise<number> {
    const content = source instanceof Uint8Array ? Buffer.from(source) : await buffer(source);
    signal?.throwIfAborted();
    this.#files.set(key, { content, contentType });
    return content.length;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#files.get(key)?.content;
  }

  async delete(key: string): Promise<void> {
    this.#files.delete(key);
  }

  async downloadUrl(key: string): Promise<string> {
    const { content, contentType = '' } = this.#files.get(key) ?? {};
    return `data:${contentType};base64,${content?.toString('base64') ?? ''}`;
  }
}
