import { buffer } from 'node:stream/consumers';
import { Sha256 } from '@smithy/core/checksum';
import { buildQueryString, HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { retryMiddleware, StandardRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import { type FinalizeHandler, type MetadataBearer, SMITHY_CONTEXT_KEY } from '@smithy/types';
import { defined } from '../defined.ts';
import { namingServer } from './no-answer.ts';

export type Access = Pick<ConstructorParameters<typeof SignatureV4>[0], 'credentials' | 'region'>;

/** How requests to a service are signed. */
type Signing = Pick<ConstructorParameters<typeof SignatureV4>[0], 'service' | 'uriEscapePath'>;

export type SignedCall = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  /** Without `host` and `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly abortSignal: AbortSignal;
  /** Awaited before each request, retries included. */
  readonly beforeRequest?: () => void | Promise<void>;
  /** Makes the error of an error response. Its `name` and `$metadata` decide whether to retry. */
  readonly errorOf: (response: HttpResponse, body: string, metadata: ErrorMetadata) => Error;
};

/** The SDK decides by it whether to retry. */
export type ErrorMetadata = {
  readonly httpStatusCode: number;
  readonly clockSkewCorrected: boolean;
};

/** Longest wait for a connection to a dead host, before the next attempt. */
const CONNECTION_TIMEOUT_MS = 3000;

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const MAX_ATTEMPTS = 3;

/** Header from which the signer takes the hash of the payload. */
const PAYLOAD = 'x-amz-content-sha256';

/** A deletion is answered with 204. */
const SUCCESS = new Set([200, 204]);

/** AWS refuses a signature whose time is off by 5 minutes. SDKs correct the clock from 4 minutes on. */
const SKEW_TO_CORRECT_MS = 240_000;

/**
 * Sends signed requests with the SDK's signer, HTTP handler and retries. It does without the SDK's
 * serializers, endpoint rules and middleware, which cost more than all the rest (docs/adr/0010-sqs-client-of-sdk-parts.md).
 */
export class SignedHttp {
  readonly #signer: SignatureV4;
  readonly #handler = new NodeHttpHandler({ connectionTimeout: CONNECTION_TIMEOUT_MS });
  readonly #retries = new StandardRetryStrategy({ maxAttempts: MAX_ATTEMPTS });
  /** Correction of this machine's clock. */
  #skewMs = 0;

  constructor({ credentials, region }: Access, signing: Signing) {
    this.#signer = new SignatureV4({ credentials, region, sha256: Sha256, ...signing });
  }

  /**
   * @returns the body of the answer
   * @throws the error that `errorOf` makes of an error response, or the error of the connection
   */
  async call(call: SignedCall): Promise<Buffer> {
    const { abortSignal, beforeRequest } = call;
    const attempt: FinalizeHandler<object, Answer> = async ({ request }) => {
      await beforeRequest?.();
      return this.#send(request as HttpRequest, call);
    };
    const withRetries = retryMiddleware({
      maxAttempts: async () => MAX_ATTEMPTS,
      retryStrategy: async () => this.#retries,
    })<Answer>(attempt, { [SMITHY_CONTEXT_KEY]: { abortSignal } });
    try {
      const { output } = await withRetries({ input: {}, request: requestOf(call) });
      return output.body;
    } catch (error) {
      throw namingServer(error, call.url.origin);
    }
  }

  /**
   * Makes a URL that carries its signature and works until it expires.
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

  async #send(request: HttpRequest, { abortSignal, errorOf }: SignedCall) {
    const signingDate = new Date(Date.now() + this.#skewMs);
    const signed = await this.#signer.sign(request, { signingDate });
    const { response } = await this.#handler.handle(signed as HttpRequest, { abortSignal });
    const body = await buffer(response.body);
    const { statusCode } = response;
    if (SUCCESS.has(statusCode)) return { response, output: { body, $metadata: {} } };
    const clockSkewCorrected = this.#correctClock(response);
    throw errorOf(response, body.toString(), { httpStatusCode: statusCode, clockSkewCorrected });
  }

  /** @returns whether the clock was wrong, so that a retry makes sense */
  #correctClock({ headers }: HttpResponse): boolean {
    const skewMs = Date.parse(headers['date'] ?? '') - Date.now();
    const isWrong = Math.abs(skewMs - this.#skewMs) >= SKEW_TO_CORRECT_MS;
    if (isWrong) this.#skewMs = skewMs;
    return isWrong;
  }
}

type Answer = MetadataBearer & { readonly body: Buffer };

type Unsigned = Pick<SignedCall, 'method' | 'url' | 'headers'> & Partial<Pick<SignedCall, 'body'>>;

function requestOf({ method, url, headers, body }: Unsigned): HttpRequest {
  const { protocol, hostname, port, host, pathname } = url;
  return new HttpRequest({
    method,
    protocol,
    hostname,
    port: port ? Number(port) : undefined,
    path: pathname,
    headers: defined({
      host,
      'content-length': body === undefined ? undefined : String(Buffer.byteLength(body)),
      ...headers,
    }),
    body,
  });
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html */
const LIFETIME_SECONDS = 900;

/**
 * Makes tokens that RDS and Aurora accept as the password of the URL's user. A token is a presigned
 * URL without its protocol. Making one needs no request, so every connection gets its own.
 */
export function databaseTokens(databaseUrl: string, access: Access): () => Promise<string> {
  const { hostname, port, username } = new URL(databaseUrl);
  const host = `${hostname}:${port || 5432}`;
  const signer = new SignatureV4({ ...access, service: 'rds-db', sha256: Sha256 });
  return async () => {
    const request = new HttpRequest({
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'connect', DBUser: decodeURIComponent(username) },
      headers: { host },
    });
    const { query } = await signer.presign(request, { expiresIn: LIFETIME_SECONDS });
    return `${host}/?${buildQueryString(query ?? {})}`;
  };
}
