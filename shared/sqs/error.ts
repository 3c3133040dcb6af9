import type { HttpResponse } from '@smithy/core/protocols';
import type { ErrorMetadata } from '../aws/signed-http.ts';

/** An answer of SQS that is not a success. `name` is its error code, as in the SDK. */
export class SqsError extends Error {
  readonly $metadata: ErrorMetadata;

  constructor({ statusCode }: HttpResponse, body: string, metadata: ErrorMetadata) {
    const { __type: type, message } = parsed(body);
    super(typeof message === 'string' ? message : `SQS answered with HTTP status ${statusCode}`);
    this.name = String(type ?? 'UnknownError').replace(/^.*#/, '');
    this.$metadata = metadata;
  }
}

/** A proxy or load balancer in between answers with what it likes. */
function parsed(body: string): { __type?: unknown; message?: unknown } {
  try {
    return { ...JSON.parse(body) };
  } catch {
    return {};
  }
}
