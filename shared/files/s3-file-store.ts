import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  NoSuchKey,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { FilesUnavailableError } from '../errors.ts';
import { contentDisposition } from './content-disposition.ts';
import type { FileStore, NewFile } from './file-store.ts';

/**
 * File store in one S3 bucket. Files over 5 MiB are sent in parts, one at a time: that much is in
 * memory for each, and a part that fails is sent again. A download's address is a presigned URL.
 */
export class S3FileStore implements FileStore {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async put({ key, content, contentType, name, signal }: NewFile): Promise<number> {
    signal?.throwIfAborted();
    const source = new MeasuredSource(content);
    const abortController = new AbortController();
    const upload = new Upload({
      client: this.#client,
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

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#call('get', async () => {
      try {
        const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
        const { Body } = await this.#client.send(command);
        return await Body?.transformToByteArray();
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    });
  }

  async delete(key: string): Promise<void> {
    const command = new DeleteObjectCommand({ Bucket: this.#bucket, Key: key });
    await this.#call('delete', () => this.#client.send(command));
  }

  async downloadUrl(key: string, lifetimeSeconds: number): Promise<string> {
    const command = new GetObjectCommand({ Bucket: this.#bucket, Key: key });
    const options = { expiresIn: lifetimeSeconds };
    return this.#call('sign', () => getSignedUrl(this.#client, command, options));
  }

  /** The one place, but for `put`, where an SDK failure becomes ours. */
  async #call<Output>(operation: string, send: () => Promise<Output>): Promise<Output> {
    try {
      return await send();
    } catch (cause) {
      throw new FilesUnavailableError(operation, cause);
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
