import type { HttpResponse } from '@smithy/core/protocols';
import { type Access, type ErrorMetadata, SignedHttp } from '../aws/signed-http.ts';
import { FilesUnavailableError } from '../errors.ts';
import type { NewPayload, PayloadStore, StoredFiles } from '../files/file-store.ts';

/** A call that takes longer, retries included, has lost its connection. Reading a file takes longer. */
const CALL_TIMEOUT_MS = 5_000;
const READ_TIMEOUT_MS = 15_000;

/**
 * Objects of one bucket, over the parts of the SDK that SQS uses too. The SDK's own client would
 * enlarge the bundle of a Lambda by half (docs/adr/0014-files-in-s3.md).
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export class S3Objects implements PayloadStore, StoredFiles {
  readonly #bucketUrl: string;
  readonly #http: SignedHttp;

  constructor(bucketUrl: string, access: Access) {
    this.#bucketUrl = bucketUrl;
    // S3 is the only service that signs a path without escaping it.
    this.#http = new SignedHttp(access, { service: 's3', uriEscapePath: false });
  }

  destroy(): void {
    this.#http.destroy();
  }

  async put({ key, content, contentType }: NewPayload): Promise<number> {
    await this.#call('PUT', key, { headers: { 'content-type': contentType }, body: content });
    return content.byteLength;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#call('GET', key, { timeoutMs: READ_TIMEOUT_MS });
    } catch (error) {
      if (error instanceof FilesUnavailableError && isMissing(error.cause)) return undefined;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    await this.#call('DELETE', key);
  }

  async downloadUrl(key: string, lifetimeSeconds: number): Promise<string> {
    try {
      return await this.#http.presignedUrl(this.#urlOf(key), lifetimeSeconds);
    } catch (cause) {
      throw new FilesUnavailableError('sign', cause);
    }
  }

  async #call(
    method: 'GET' | 'PUT' | 'DELETE',
    key: string,
    { headers = {}, body = '', timeoutMs = CALL_TIMEOUT_MS }: CallOptions = {},
  ): Promise<Uint8Array> {
    try {
      return await this.#http.call({
        method,
        headers,
        body,
        url: this.#urlOf(key),
        abortSignal: AbortSignal.timeout(timeoutMs),
        errorOf: (...answer) => new S3Error(...answer),
      });
    } catch (cause) {
      throw new FilesUnavailableError(method.toLowerCase(), cause);
    }
  }

  #urlOf(key: string): URL {
    return new URL(`${this.#bucketUrl}/${key}`);
  }
}

type CallOptions = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
};

const isMissing = (cause: unknown): boolean =>
  cause instanceof S3Error && cause.name === 'NoSuchKey';

/** An error response of S3. `name` is its error code, as in the SDK. */
class S3Error extends Error {
  readonly $metadata: ErrorMetadata;

  constructor({ statusCode }: HttpResponse, xml: string, metadata: ErrorMetadata) {
    const [, message = `S3 answered with HTTP status ${statusCode}`] =
      /<Message>([^<]*)</.exec(xml) ?? [];
    super(message);
    this.name = /<Code>([^<]*)</.exec(xml)?.[1] ?? 'UnknownError';
    this.$metadata = metadata;
  }
}
