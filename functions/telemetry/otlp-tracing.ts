import { context, DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
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
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Access } from '../../shared/aws/signed-http.ts';
import type { Logger } from '../../shared/logger.ts';
import { AsyncContextManager } from './async-context-manager.ts';
import { isXray, XrayExporter } from './xray-exporter.ts';

/** Sends what is recorded but not sent yet. Never rejects. */
export type StopTracing = () => Promise<void>;

/** A collector that does not answer must not keep a worker from ending in time. */
const FLUSH_TIMEOUT_MS = 5000;

const LOST = 'spans may be lost';

/**
 * Registers an OpenTelemetry SDK that sends spans as JSON over HTTP, to X-Ray too. Service, sampler and
 * batches follow the standard's variables.
 * @param access for X-Ray
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

/** That of OpenTelemetry reads `OTEL_EXPORTER_OTLP_*` itself. */
function exporterFor(env: NodeJS.ProcessEnv, access: Access): SpanExporter {
  const url = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? '';
  if (!isXray(url)) return new OTLPTraceExporter();
  return new XrayExporter({ ...access, url, endpoint: env['AWS_ENDPOINT_URL_XRAY'] });
}

/** Without it, spans that reach nobody would be dropped without a word. */
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
  const scheduledDelayMillis = numberFrom(env['OTEL_BSP_SCHEDULE_DELAY']);
  const exportTimeoutMillis = numberFrom(env['OTEL_BSP_EXPORT_TIMEOUT']);
  const maxQueueSize = numberFrom(env['OTEL_BSP_MAX_QUEUE_SIZE']);
  const maxExportBatchSize = numberFrom(env['OTEL_BSP_MAX_EXPORT_BATCH_SIZE']);
  return {
    ...(scheduledDelayMillis === undefined ? {} : { scheduledDelayMillis }),
    ...(exportTimeoutMillis === undefined ? {} : { exportTimeoutMillis }),
    ...(maxQueueSize === undefined ? {} : { maxQueueSize }),
    ...(maxExportBatchSize === undefined ? {} : { maxExportBatchSize }),
  };
}

const numberFrom = (text: string | undefined): number | undefined =>
  text && Number.isFinite(Number(text)) ? Number(text) : undefined;
