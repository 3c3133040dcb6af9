import { Readable } from 'node:stream';
import type { LifecycleRule, S3Client } from '@aws-sdk/client-s3';
import type { Access } from '../aws/signed-http.ts';
import type { BucketState } from '../check/seen.ts';
import type { BucketAddress } from '../deployment/resources.ts';
import { FilesUnavailableError } from '../errors.ts';
import type { FileStore, NewFile } from '../files/file-store.ts';
import { S3Objects } from './objects.ts';

/**
 * File store in one S3 bucket. Files over 5 MiB are sent in parts, one at a time, so that each file
 * needs 5 MiB of memory. A part that fails is sent again.
 */
export class S3FileStore extends S3Objects implements FileStore {
  readonly #client: () => Promise<S3Client>;
  readonly #bucket: string;

  /** @param client makes the SDK's client for `put`. Called at the first one, because it is large */
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
        ContentDisposition: name === undefined ? undefined : contentDisposition(name),
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

/** Counts the bytes of a content while it is sent, and notes an error of its source. */
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

/**
 * Makes the header with which a browser saves a file under its name. Programs that know only ASCII
 * get a name with `_` for every other character. https://www.rfc-editor.org/rfc/rfc6266
 */
export function contentDisposition(name: string): string {
  const ascii = name.replaceAll(/[^ -~]|["%\\]/gu, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

/** Reads the expiration rules of a bucket. @throws any error of S3 */
export async function bucketState(s3: S3Client, Bucket: string): Promise<BucketState> {
  const { HeadBucketCommand } = await import('@aws-sdk/client-s3');
  await s3.send(new HeadBucketCommand({ Bucket }));
  const rules = await rulesOf(s3, Bucket);
  const expirations = rules.flatMap(({ Expiration, Filter }) =>
    Expiration?.Days === undefined ? [] : [[Filter?.Prefix ?? '', Expiration.Days] as const],
  );
  return { expirationDays: Object.fromEntries(expirations) };
}

async function rulesOf(s3: S3Client, Bucket: string): Promise<LifecycleRule[]> {
  const { GetBucketLifecycleConfigurationCommand } = await import('@aws-sdk/client-s3');
  try {
    const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
    return Rules;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchLifecycleConfiguration') return [];
    throw error;
  }
}
