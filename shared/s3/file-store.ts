import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Access } from '../aws/signed-http.ts';
import type { BucketAddress } from '../deployment/resources.ts';
import { FilesUnavailableError } from '../errors.ts';
import { contentDisposition } from '../files/content-disposition.ts';
import type { FileStore, NewFile } from '../files/file-store.ts';
import { S3Objects } from './objects.ts';

/**
 * File store in one S3 bucket. Files over 5 MiB are sent in parts, one at a time: that much is in
 * memory for each, and a part that fails is sent again.
 */
export class S3FileStore extends S3Objects implements FileStore {
  readonly #client: () => Promise<S3Client>;
  readonly #bucket: string;

  /** @param client gives what sends the content of `put`, with the first one: it is large */
  constructor(client: () => Promise<S3Client>, { name, url }: BucketAddress, access: Access) {
    super(url, access);
    this.#client = client;
    this.#bucket = name;
  }

  override async put({ key, content, contentType, name, signal }: NewFile): Promise<number> {
    signal?.throwIfAborted();
    const source = new MeasuredSource(content);
    const abortController = new AbortController();
    const [{ Upload }, client] = await Promise.all([
      import('@aws-sdk/lib-storage'),
      this.#client(),
    ]);
    const upload = new Upload({
      client,
      queueSize: 1,
      abortController,
      params: {
        Bucket: this.#bucket,
        Key: key,
        Body: Readable.from(source.chunks()),
        ContentType: contentType,
        ...(name !== undefined && { ContentDisposition: contentDisposition(name) }),
      },
    });
    const giveUp = (): void => abortController.abort();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      await upload.done();
      return source.bytes;
    } catch (cause) {
      signal?.throwIfAborted();
      if (source.failure) throw source.failure.error;
      throw new FilesUnavailableError('put', cause);
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }
}

/** Content on its way out: how much of it there was, and whether it was its source that failed. */
class MeasuredSource {
  bytes = 0;
  failure: { readonly error: unknown } | undefined;
  readonly #content: NewFile['content'];

  constructor(content: NewFile['content']) {
    this.#content = content;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const content = this.#content instanceof Uint8Array ? [this.#content] : this.#content;
    try {
      for await (const chunk of content) {
        this.bytes += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}
