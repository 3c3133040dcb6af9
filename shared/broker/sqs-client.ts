import { text } from 'node:stream/consumers';
import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest, type HttpResponse } from '@smithy/core/protocols';
import { retryMiddleware, StandardRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import { type FinalizeHandler, type MetadataBearer, SMITHY_CONTEXT_KEY } from '@smithy/types';
import { SqsError } from './sqs-error.ts';
import type { SqsOperation, SqsOperations } from './sqs-operations.ts';

export type SqsClientOptions = Pick<
  ConstructorParameters<typeof SignatureV4>[0],
  'credentials' | 'region'
> & {
  /** Where requests go instead of to the host of the queue's URL. */
  readonly endpoint?: string | undefined;
  /** Called before each request, retries included, which waits for it. */
  readonly beforeRequest?: (operation: SqsOperation, queueUrl: string) => void | Promise<void>;
};

/** A dead host must not cost a caller more than this before the next attempt, in milliseconds. */
const CONNECTION_TIMEOUT_MS = 3000;

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const MAX_ATTEMPTS = 3;

/** A signature is refused when its time is 5 minutes off; the SDKs correct a clock from 4 on. */
const SKEW_TO_CORRECT_MS = 240_000;

/**
 * SQS over the SDK's own signer, HTTP handler and retries, without its serialisers, endpoint rules
 * and middleware, which cost more than all the rest (docs/adr/0010-sqs-client-of-sdk-parts.md).
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
 */
export class SqsClient {
  readonly #options: SqsClientOptions;
  readonly #signer: SignatureV4;
  readonly #handler = new NodeHttpHandler({ connectionTimeout: CONNECTION_TIMEOUT_MS });
  readonly #retries = new StandardRetryStrategy({ maxAttempts: MAX_ATTEMPTS });
  /** What to add to this machine's clock. */
  #skewMs = 0;

  constructor(options: SqsClientOptions) {
    const { credentials, region } = options;
    this.#options = options;
    this.#signer = new SignatureV4({ credentials, region, service: 'sqs', sha256: Sha256 });
  }

  /** @throws {SqsError} for any answer but a success, else what the connection failed with */
  async call<Operation extends SqsOperation>(
    operation: Operation,
    input: SqsOperations[Operation][0],
    abortSignal: AbortSignal,
  ): Promise<SqsOperations[Operation][1]> {
    const queueUrl = input.QueueUrl ?? '';
    const attempt: FinalizeHandler<object, Result> = async ({ request }) => {
      await this.#options.beforeRequest?.(operation, queueUrl);
      return this.#send(request as HttpRequest, abortSignal);
    };
    const { output } = await retryMiddleware({
      maxAttempts: async () => MAX_ATTEMPTS,
      retryStrategy: async () => this.#retries,
    })<Result>(attempt, { [SMITHY_CONTEXT_KEY]: { abortSignal } })({
      input,
      request: this.#request(operation, queueUrl, JSON.stringify(input)),
    });
    return output;
  }

  destroy(): void {
    this.#handler.destroy();
  }

  #request(operation: SqsOperation, queueUrl: string, body: string): HttpRequest {
    const { protocol, hostname, port, host } = new URL(this.#options.endpoint ?? queueUrl);
    return new HttpRequest({
      method: 'POST',
      protocol,
      hostname,
      ...(port && { port: Number(port) }),
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.0',
        'content-length': String(Buffer.byteLength(body)),
        'x-amz-target': `AmazonSQS.${operation}`,
      },
      body,
    });
  }

  async #send(request: HttpRequest, abortSignal: AbortSignal) {
    const signingDate = new Date(Date.now() + this.#skewMs);
    const signed = await this.#signer.sign(request, { signingDate });
    const { response } = await this.#handler.handle(signed as HttpRequest, { abortSignal });
    const body = await text(response.body);
    if (response.statusCode !== 200)
      throw new SqsError(response, body, this.#correctClock(response));
    return { response, output: { ...JSON.parse(body || '{}'), $metadata: {} } };
  }

  /** @returns whether the clock was wrong, so that the same request is worth another attempt */
  #correctClock({ headers }: HttpResponse): boolean {
    const skewMs = Date.parse(headers['date'] ?? '') - Date.now();
    const isWrong = Math.abs(skewMs - this.#skewMs) >= SKEW_TO_CORRECT_MS;
    if (isWrong) this.#skewMs = skewMs;
    return isWrong;
  }
}

type Result = MetadataBearer & SqsOperations[SqsOperation][1];
