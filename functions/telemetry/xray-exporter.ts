import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { type Access, SignedHttp } from '../../shared/aws/signed-http.ts';

export type XrayExporterOptions = Access & {
  /** `https://xray.<region>.amazonaws.com/v1/traces` */
  readonly url: string;
  /** Replaces the host of `url`. */
  readonly endpoint?: string | undefined;
};

const TIMEOUT_MS = 10_000;

/** Returns true for the endpoint of X-Ray, which accepts only signed requests. */
export const isXray = (url: string): boolean =>
  /^https:\/\/xray\.[\w-]+\.amazonaws\.com(\.cn)?\//.test(url);

/**
 * Sends spans to X-Ray as OTLP in JSON, signed with the credentials of this process, without a collector.
 * The account needs Transaction Search.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
 */
export class XrayExporter implements SpanExporter {
  readonly #http: SignedHttp;
  readonly #url: URL;

  constructor({ url, endpoint, ...access }: XrayExporterOptions) {
    this.#http = new SignedHttp(access, { service: 'xray' });
    this.#url = new URL(endpoint === undefined ? url : new URL(new URL(url).pathname, endpoint));
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#send(spans).then(
      () => done({ code: ExportResultCode.SUCCESS }),
      (error: Error) => done({ code: ExportResultCode.FAILED, error }),
    );
  }

  async shutdown(): Promise<void> {
    this.#http.destroy();
  }

  async #send(spans: ReadableSpan[]): Promise<void> {
    await this.#http.call({
      method: 'POST',
      url: this.#url,
      headers: { 'content-type': 'application/json' },
      body: JsonTraceSerializer.serializeRequest(spans) ?? '',
      abortSignal: AbortSignal.timeout(TIMEOUT_MS),
      errorOf: ({ statusCode }, body, $metadata) =>
        Object.assign(new Error(`X-Ray answered ${statusCode}: ${body}`), { $metadata }),
    });
  }
}
