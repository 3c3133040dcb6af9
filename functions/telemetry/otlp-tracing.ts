import { context, DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { type Access, SignedHttp } from '../../shared/aws/signed-http.ts';
import { defined } from '../../shared/defined.ts';
import type { Logger } from '../../shared/logger.ts';
import { AsyncContextManager } from './async-context-manager.ts';

/** Sends the recorded spans that were not sent yet. Never rejects. */
export type StopTracing = () => Promise<void>;

/** An unreachable collector must not delay the end of a worker for longer. */
const FLUSH_TIMEOUT_MS = 5000;

const LOST = 'spans may be lost';

/**
 * Registers an OpenTelemetry SDK that sends spans as JSON over HTTP, to a collector or to X-Ray. Service,
 * sampler and batches follow the variables of the standard.
 * @param access credentials for X-Ray
 */
export function registerOtlpTracing(
  env: NodeJS.ProcessEnv,
  logger: Logger,
  access: Access,
): StopTracing {
  logProblems(logger);
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'task-queue' }))
      .merge(
        detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }),
      ),
    sampler: samplerFrom(env),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: exporterFor(env, access), ...batchesFrom(env) }),
    ],
  });
  context.setGlobalContextManager(new AsyncContextManager());
  trace.setGlobalTracerProvider(provider);
  return async () => {
    await provider
      .forceFlush({ timeoutMillis: FLUSH_TIMEOUT_MS })
      .catch((problem: unknown) => logger.warn(LOST, { problem }));
  };
}

/** The exporter of OpenTelemetry reads `OTEL_EXPORTER_OTLP_*` itself. */
function exporterFor(env: NodeJS.ProcessEnv, access: Access): SpanExporter {
  const url = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? '';
  if (!isXray(url)) return new OTLPTraceExporter();
  return new XrayExporter({ ...access, url, endpoint: env['AWS_ENDPOINT_URL_XRAY'] });
}

/** Logs spans that could not be sent. The SDK drops them silently by default. */
function logProblems(logger: Logger): void {
  const warn = (problem: string): void => logger.warn(LOST, { problem });
  const ignore = (): void => {};
  const levels = { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(levels, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration */
function samplerFrom(env: NodeJS.ProcessEnv): Sampler {
  const name = env['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on';
  const root = rootSampler(name.replace(/^parentbased_/, ''), env['OTEL_TRACES_SAMPLER_ARG']);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, argument: string | undefined): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  if (name === 'traceidratio') return new TraceIdRatioBasedSampler(numberFrom(argument) ?? 1);
  return new AlwaysOnSampler();
}

/** https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#batch-span-processor */
function batchesFrom(env: NodeJS.ProcessEnv) {
  return defined({
    scheduledDelayMillis: numberFrom(env['OTEL_BSP_SCHEDULE_DELAY']),
    exportTimeoutMillis: numberFrom(env['OTEL_BSP_EXPORT_TIMEOUT']),
    maxQueueSize: numberFrom(env['OTEL_BSP_MAX_QUEUE_SIZE']),
    maxExportBatchSize: numberFrom(env['OTEL_BSP_MAX_EXPORT_BATCH_SIZE']),
  });
}

const numberFrom = (text: string | undefined): number | undefined =>
  text && Number.isFinite(Number(text)) ? Number(text) : undefined;

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
