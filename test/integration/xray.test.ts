import type { Span } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { describe, expect, test } from 'vitest';
import { isXray, XrayExporter } from '../../functions/telemetry/otlp-tracing.ts';
import { startTracing } from '../../functions/telemetry/start-tracing.ts';
import { startEnqueueSpan } from '../../shared/tracing.ts';
import { aTask } from '../support/a-task.ts';
import { answer, serverThat } from '../support/answering-server.ts';
import { ACCESS } from '../support/aws.ts';
import { quietLogger } from '../support/quiet-logger.ts';
import { isSignedBy } from '../support/sigv4-verifier.ts';

const XRAY = 'https://xray.us-east-1.amazonaws.com/v1/traces';
const QUEUE = { name: 'main', system: 'aws_sqs' };

describe('spans for X-Ray', () => {
  test('are sent as OTLP, signed with the credentials of the process', async () => {
    const { url, seen } = await serverThat(answer(200, {}));
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: XRAY, AWS_ENDPOINT_URL_XRAY: url };
    const logger = quietLogger();
    const stop = await startTracing(env, logger, ACCESS);

    startEnqueueSpan(aTask(), QUEUE).end();
    await stop();

    const [sent] = seen;
    if (!sent) throw new Error('nothing was sent');
    expect(sent.request.url).toBe('/v1/traces');
    expect(sent.request.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: expect.stringContaining('/us-east-1/xray/aws4_request'),
    });
    expect(isSignedBy(ACCESS.credentials.secretAccessKey, sent.request, sent.body)).toBe(true);
    expect(JSON.parse(sent.body)).toMatchObject({
      resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'enqueue main' }] }] }],
    });
    expect(logger.lines).toEqual([]);
  });

  test('are sent again when X-Ray is busy, and a refusal says what it answered', async () => {
    const { url, seen } = await serverThat(
      answer(503, 'busy'),
      answer(200, {}),
      answer(400, 'Transaction Search is off'),
    );
    const exporter = new XrayExporter({ ...ACCESS, url: XRAY, endpoint: url });
    const spans = [new TracerProvider().getTracer('test').startSpan('one')] as Span[];
    const send = () =>
      new Promise<{ code: number; error?: Error }>((resolve) =>
        exporter.export(spans as unknown as Parameters<typeof exporter.export>[0], resolve),
      );

    expect(await send()).toEqual({ code: 0 });
    const afterBusy = seen.length;
    const refused = await send();

    expect(afterBusy).toBe(2);
    expect(refused.error?.message).toBe('X-Ray answered 400: Transaction Search is off');
  });

  test.each([
    [XRAY, true],
    ['https://xray.cn-north-1.amazonaws.com.cn/v1/traces', true],
    ['http://127.0.0.1:4318', false],
    ['https://xray.us-east-1.amazonaws.com.example.com/v1/traces', false],
  ])('are signed for X-Ray alone: %s', (url, isSigned) => {
    expect(isXray(url)).toBe(isSigned);
  });
});
