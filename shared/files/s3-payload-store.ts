import type { HttpResponse } from '@smithy/core/protocols';
import { type Access, type ErrorMetadata, SignedHttp } from '../aws/signed-http.ts';
import { FilesUnavailableError } from '../errors.ts';
import type { NewPayload, PayloadStore } from './file-store.ts';

/** A call that takes longer, retries included, has lost its connection. */
const CALL_TIMEOUT_MS = 5_000;

/**
 * All that an enqueuer does in S3, over the parts of the SDK that SQS uses. The SDK's own client
 * would make the enqueue function a third larger (docs/adr/0014-files-in-s3.md).
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export class S3PayloadStore implements PayloadStore {
  readonly #bucketUrl: string;
  readonly #http: SignedHttp;

  constructor(bucketUrl: string, access: Access) {
    this.#bucketUrl = bucketUrl;
    // S3 is the one service that signs a path as it is.
    this.#http = new SignedHttp(access, { service: 's3', uriEscapePath: false });
  }

  async put({ key, content, contentType }: NewPayload): Promise<number> {
    try {
      await this.#http.call({
        method: 'PUT',
        url: new URL(`${this.#bucketUrl}/${key}`),
        headers: { 'content-type': contentType },
        body: content,
        abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS),
        errorOf: (...answer) => new S3Error(...answer),
      });
      return content.byteLength;
    } catch (cause) {
      throw new FilesUnavailableError('put', cause);
    }
  }
}

/** An answer of S3 that is not a success. `name` is its error code, as in the SDK. */
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
