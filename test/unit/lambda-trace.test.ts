import { context } from '@opentelemetry/api';
import { afterEach, describe, expect, test } from 'vitest';
import { continueLambdaTraces } from '../../functions/telemetry/lambda-trace.ts';
import { startEnqueueSpan, traceContextOf } from '../../shared/tracing.ts';
import { aTask } from '../support/a-task.ts';

const QUEUE = { name: 'main', system: 'aws_sqs' };

afterEach(() => context.disable());

describe('what a function enqueues', () => {
  const TRACED = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
  const LIKE_LAMBDA = { OTEL_PROPAGATORS: 'xray-lambda' };

  test.each([
    ['is traced', TRACED, '01'],
    ['is not sampled', TRACED.replace('Sampled=1', 'Sampled=0'), '00'],
    ['has a lineage', `${TRACED};Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2`, '01'],
  ])('continues the trace of its request, when that %s', (_case, header, flags) => {
    continueLambdaTraces({ ...LIKE_LAMBDA, _X_AMZN_TRACE_ID: header });

    const carried = traceContextOf(startEnqueueSpan(aTask(), QUEUE));

    expect(carried).toEqual({
      traceparent: `00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-${flags}`,
    });
  });

  test('follows from request to request', () => {
    const env: NodeJS.ProcessEnv = { ...LIKE_LAMBDA, _X_AMZN_TRACE_ID: TRACED };
    continueLambdaTraces(env);
    env['_X_AMZN_TRACE_ID'] = TRACED.replace('5399', 'aaaa');

    const carried = traceContextOf(startEnqueueSpan(aTask(), QUEUE));

    expect(carried?.traceparent).toContain('-aaaa5c3f42cd8ad8-');
  });

  test.each([
    ['X-Ray is not asked for', {}, TRACED],
    ['Lambda says nothing', LIKE_LAMBDA, undefined],
    ['Lambda says garbage', LIKE_LAMBDA, 'Root=1-zzz;Parent=53995c3f42cd8ad8;Sampled=1'],
  ])('has no trace when %s', (_case, env, header) => {
    continueLambdaTraces({ ...env, ...(header && { _X_AMZN_TRACE_ID: header }) });

    expect(traceContextOf(startEnqueueSpan(aTask(), QUEUE))).toBeUndefined();
  });
});
