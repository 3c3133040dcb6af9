import type { Access } from '../../shared/aws/signed-http.ts';
import type { Logger } from '../../shared/logger.ts';
import type { StopTracing } from './otlp-tracing.ts';

/**
 * Starts to record spans and to send them to an OTLP endpoint, if the environment names one in
 * `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. Otherwise it loads nothing of
 * OpenTelemetry but the API.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 * @param access credentials for X-Ray, which accepts only signed requests
 */
export async function startTracing(
  env: NodeJS.ProcessEnv,
  logger: Logger,
  access: Access,
): Promise<StopTracing> {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  const isOff =
    env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none';
  if (!endpoint || isOff) return async () => {};
  const { registerOtlpTracing } = await import('./otlp-tracing.ts');
  return registerOtlpTracing(env, logger, access);
}
