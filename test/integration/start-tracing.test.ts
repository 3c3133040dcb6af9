import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const run = promisify(execFile);

const START_TRACING = new URL('../../functions/telemetry/start-tracing.ts', import.meta.url);

type Told = {
  readonly loaded: readonly string[];
  readonly isRecording: boolean;
  readonly isSampledByParent: boolean;
  readonly warnings: readonly string[];
};

/** Runs a process with these variables, because a process can register the SDK only once. */
async function processWith(variables: Record<string, string>): Promise<Told> {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      loaded.push(resolved.url);
      return resolved;
    } });
    const { startTracing } = await import(${JSON.stringify(START_TRACING.href)});
    const warnings = [];
    const stop = await startTracing(process.env, { warn: (message) => warnings.push(message) });
    const { trace, ROOT_CONTEXT } = await import('@opentelemetry/api');
    const tracer = trace.getTracer('test');
    const unsampled = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 0, isRemote: true };
    const child = tracer.startSpan('c', {}, trace.setSpanContext(ROOT_CONTEXT, unsampled));
    const span = tracer.startSpan('s');
    const isRecording = span.isRecording();
    if (process.env.END_SPAN) span.end();
    await stop();
    console.log(JSON.stringify({
      loaded: loaded.flatMap((url) => url.match(/@opentelemetry\\/[^/]+/) ?? []),
      isRecording,
      isSampledByParent: child.isRecording(),
      warnings,
    }));
    process.exit(0);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    env: variables,
  });
  return JSON.parse(stdout) as Told;
}

/** Where nobody listens. */
const NOWHERE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };

// At the same time: one waits for a collector that does not answer.
describe.concurrent('a process with tracing', () => {
  test('without an endpoint nothing is recorded, and no part of the SDK is loaded', async () => {
    const { loaded, isRecording } = await processWith({});

    expect(new Set(loaded)).toEqual(new Set(['@opentelemetry/api']));
    expect(isRecording).toBe(false);
  });

  test.each([
    ['with an endpoint', {}, true],
    ['when the SDK is disabled', { OTEL_SDK_DISABLED: 'true' }, false],
    ['when nothing is to be exported', { OTEL_TRACES_EXPORTER: 'none' }, false],
    ['when the sampler takes nothing', { OTEL_TRACES_SAMPLER: 'always_off' }, false],
    [
      'of no trace in a hundred',
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
      false,
    ],
    ['of every trace', { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' }, true],
  ])('a span is recorded, or not, %s', async (_case, variables, isRecorded) => {
    expect((await processWith({ ...NOWHERE, ...variables })).isRecording).toBe(isRecorded);
  });

  test('the enqueuer decides about sampling, unless the worker is configured otherwise', async () => {
    const byDefault = await processWith(NOWHERE);
    const always = await processWith({ ...NOWHERE, OTEL_TRACES_SAMPLER: 'always_on' });

    expect(byDefault.isSampledByParent).toBe(false);
    expect(always.isSampledByParent).toBe(true);
  });

  test('a collector that does not answer is warned of, and does not keep the process', async () => {
    const { warnings } = await processWith({ ...NOWHERE, END_SPAN: 'yes' });

    expect(warnings).toContain('spans may be lost');
  });
});
