import { type Access, SignedHttp } from '../aws/signed-http.ts';
import { SqsError } from './error.ts';
import type { SqsOperation, SqsOperations } from './operations.ts';

export type SqsClientOptions = Access & {
  /** Where requests go instead of to the host of the queue's URL. */
  readonly endpoint?: string | undefined;
  /** Called before each request, retries included, which waits for it. */
  readonly beforeRequest?: (operation: SqsOperation, queueUrl: string) => void | Promise<void>;
};

/**
 * SQS over the parts of the SDK that matter.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
 */
export class SqsClient {
  readonly #options: SqsClientOptions;
  readonly #http: SignedHttp;

  constructor(options: SqsClientOptions) {
    this.#options = options;
    this.#http = new SignedHttp(options, { service: 'sqs' });
  }

  /** @throws {SqsError} for any answer but a success, else what the connection failed with */
  async call<Operation extends SqsOperation>(
    operation: Operation,
    input: SqsOperations[Operation][0],
    abortSignal: AbortSignal,
  ): Promise<SqsOperations[Operation][1]> {
    const { endpoint, beforeRequest } = this.#options;
    const queueUrl = input.QueueUrl ?? '';
    const body = await this.#http.call({
      method: 'POST',
      url: new URL('/', endpoint ?? queueUrl),
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${operation}`,
      },
      body: JSON.stringify(input),
      abortSignal,
      beforeRequest: () => beforeRequest?.(operation, queueUrl),
      errorOf: (...answer) => new SqsError(...answer),
    });
    return JSON.parse(body.toString() || '{}');
  }

  destroy(): void {
    this.#http.destroy();
  }
}
