import type {
  ChangeMessageVisibilityBatchRequest,
  ChangeMessageVisibilityBatchResult,
  DeleteMessageBatchRequest,
  DeleteMessageBatchResult,
  GetQueueAttributesRequest,
  GetQueueAttributesResult,
  ReceiveMessageRequest,
  ReceiveMessageResult,
  SendMessageBatchRequest,
  SendMessageBatchResult,
  SendMessageRequest,
  SendMessageResult,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { HttpResponse } from '@smithy/core/protocols';
import { type Access, type ErrorMetadata, SignedHttp } from '../aws/signed-http.ts';
import type { QueueState } from '../check/seen.ts';

/** The operations of SQS that a broker uses, each with its request and its result. */
export type SqsOperations = {
  ReceiveMessage: [ReceiveMessageRequest, ReceiveMessageResult];
  DeleteMessageBatch: [DeleteMessageBatchRequest, DeleteMessageBatchResult];
  ChangeMessageVisibilityBatch: [
    ChangeMessageVisibilityBatchRequest,
    ChangeMessageVisibilityBatchResult,
  ];
  SendMessage: [SendMessageRequest, SendMessageResult];
  SendMessageBatch: [SendMessageBatchRequest, SendMessageBatchResult];
  GetQueueAttributes: [GetQueueAttributesRequest, GetQueueAttributesResult];
};

export type SqsOperation = keyof SqsOperations;

export type SqsClientOptions = Access & {
  /** Receives the requests instead of the host of the queue's URL. */
  readonly endpoint?: string | undefined;
  /** Awaited before each request, retries included. */
  readonly beforeRequest?: (operation: SqsOperation, queueUrl: string) => void | Promise<void>;
};

/**
 * Calls SQS over parts of the SDK, because the whole client costs more than all the rest
 * (docs/adr/0010-sqs-client-of-sdk-parts.md).
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

  /** @throws {SqsError} for an error response, or the error of the connection */
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

/** An error response of SQS. `name` is its error code, as in the SDK. */
class SqsError extends Error {
  readonly $metadata: ErrorMetadata;

  constructor({ statusCode }: HttpResponse, body: string, metadata: ErrorMetadata) {
    const { __type: type, message } = parsed(body);
    super(typeof message === 'string' ? message : `SQS answered with HTTP status ${statusCode}`);
    this.name = String(type ?? 'UnknownError').replace(/^.*#/, '');
    this.$metadata = metadata;
  }
}

/** The body need not be JSON: a proxy or load balancer may have answered. */
function parsed(body: string): { __type?: unknown; message?: unknown } {
  try {
    return { ...JSON.parse(body) };
  } catch {
    return {};
  }
}

/** Reads the attributes of a queue that `check` compares. @throws any error of SQS */
export async function queueState(sqs: SQSClient, url: string): Promise<QueueState> {
  // Only `check` reads it: other processes do not load the SDK's client.
  const { GetQueueAttributesCommand } = await import('@aws-sdk/client-sqs');
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
  );
  const redrive = JSON.parse(Attributes.RedrivePolicy ?? '{}') as Redrive;
  return {
    arn: Attributes.QueueArn ?? '',
    visibilityTimeoutSeconds: Number(Attributes.VisibilityTimeout),
    retentionSeconds: Number(Attributes.MessageRetentionPeriod),
    deadLetterArn: redrive.deadLetterTargetArn,
    // A number or a string, depending on how it was set.
    maxReceiveCount: redrive.maxReceiveCount && Number(redrive.maxReceiveCount),
    depth: {
      waiting: Number(Attributes.ApproximateNumberOfMessages),
      inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
      delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed),
    },
  };
}

type Redrive = { readonly deadLetterTargetArn?: string; readonly maxReceiveCount?: number };
