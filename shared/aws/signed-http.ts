import { buffer } from 'node:stream/consumers';
import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { retryMiddleware, StandardRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import { type FinalizeHandler, type MetadataBearer, SMITHY_CONTEXT_KEY } from '@smithy/types';

export type Access = Pick<ConstructorParameters<typeof SignatureV4>[0], 'credentials' | 'region'>;

/** How a service wants its requests signed. */
type Signing = Pick<ConstructorParameters<typeof SignatureV4>[0], 'service' | 'uriEscapePath'>;

export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  /** But for `host` and `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly abortSignal: AbortSignal;
  /** Called before each request, retries included, which waits for it. */
  readonly beforeRequest?: () => void | Promise<void>;
  /** What any answer but a success is thrown as. `name` and `$metadata` decide about another attempt. */
  readonly errorOf: (response: HttpResponse, body: string, metadata: ErrorMetadata) => Error;
};

/** What the SDK's retries decide by. */
export type ErrorMetadata = {
  readonly httpStatusCode: number;
  readonly clockSkewCorrected: boolean;
};

/** A dead host must not cost a caller more than this before the next attempt, in milliseconds. */
const CONNECTION_TIMEOUT_MS = 3000;

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const MAX_ATTEMPTS = 3;

/** What the signer takes the payload's hash from. */
const PAYLOAD = 'x-amz-content-sha256';

/** What is deleted is answered with 204. */
const SUCCESS = new Set([200, 204]);

/** A signature is refused when its time is 5 minutes off; the SDKs correct a clock from 4 on. */
const SKEW_TO_CORRECT_MS = 240_000;

/**
 * The SDK's own signer, HTTP handler and retries, without its serialisers, endpoint rules and
 * middleware, which cost more than all the rest (docs/adr/0010-sqs-client-of-sdk-parts.md).
 */
export class SignedHttp {
  readonly #signer: SignatureV4;
  readonly #handler = new NodeHttpHandler({ connectionTimeout: CONNECTION_TIMEOUT_MS });
  readonly #retries = new StandardRetryStrategy({ maxAttempts: MAX_ATTEMPTS });
  /** What to add to this machine's clock. */
  #skewMs = 0;

  constructor({ credentials, region }: Access, signing: Signing) {
    this.#signer = new SignatureV4({ credentials, region, sha256: Sha256, ...signing });
  }

  /**
   * @returns the body of the answer
   * @throws what `errorOf` makes of any answer but a success, else what the connection failed with
   */
  async call(call: Call): Promise<Buffer> {
    const { abortSignal, beforeRequest } = call;
    const attempt: FinalizeHandler<object, Answer> = async ({ request }) => {
      await beforeRequest?.();
      return this.#send(request as HttpRequest, call);
    };
    const { output } = await retryMiddleware({
      maxAttempts: async () => MAX_ATTEMPTS,
      retryStrategy: async () => this.#retries,
    })<Answer>(attempt, { [SMITHY_CONTEXT_KEY]: { abortSignal } })({
      input: {},
      request: requestOf(call),
    });
    return output.body;
  }

  /**
   * An address that needs no signature of its own until it expires.
   * @param lifetimeSeconds 1 to 604,800
   * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
   */
  async presignedUrl(url: URL, lifetimeSeconds: number): Promise<string> {
    const request = requestOf({ method: 'GET', url, headers: { [PAYLOAD]: 'UNSIGNED-PAYLOAD' } });
    const onlyToSign = new Set([PAYLOAD]);
    const { query = {} } = await this.#signer.presign(request, {
      expiresIn: lifetimeSeconds,
      signingDate: new Date(Date.now() + this.#skewMs),
      unhoistableHeaders: onlyToSign,
      unsignableHeaders: onlyToSign,
    });
    return `${url}?${new URLSearchParams(query as Record<string, string>)}`;
  }

  destroy(): void {
    this.#handler.destroy();
  }

  async #send(request: HttpRequest, { abortSignal, errorOf }: Call) {
    const signingDate = new Date(Date.now() + this.#skewMs);
    const signed = await this.#signer.sign(request, { signingDate });
    const { response } = await this.#handler.handle(signed as HttpRequest, { abortSignal });
    const body = await buffer(response.body);
    const { statusCode } = response;
    if (SUCCESS.has(statusCode)) return { response, output: { body, $metadata: {} } };
    const clockSkewCorrected = this.#correctClock(response);
    throw errorOf(response, body.toString(), { httpStatusCode: statusCode, clockSkewCorrected });
  }

  /** @returns whether the clock was wrong, so that the same request is worth another attempt */
  #correctClock({ headers }: HttpResponse): boolean {
    const skewMs = Date.parse(headers['date'] ?? '') - Date.now();
    const isWrong = Math.abs(skewMs - this.#skewMs) >= SKEW_TO_CORRECT_MS;
    if (isWrong) this.#skewMs = skewMs;
    return isWrong;
  }
}

type Answer = MetadataBearer & { readonly body: Buffer };

type Unsigned = Pick<Call, 'method' | 'url' | 'headers'> & { readonly body?: Call['body'] };

function requestOf({ method, url, headers, body }: Unsigned): HttpRequest {
  const { protocol, hostname, port, host, pathname } = url;
  return new HttpRequest({
    method,
    protocol,
    hostname,
    ...(port && { port: Number(port) }),
    path: pathname,
    headers: {
      host,
      ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
}
