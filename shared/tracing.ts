import {
  type Attributes,
  type Context,
  context,
  createTraceState,
  isSpanContextValid,
  trace as openTelemetry,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
} from '@opentelemetry/api';
import { tamed } from './foreign/error.ts';
import { withFields } from './foreign/logging.ts';
import { errorName, isA, messageOf } from './foreign/text.ts';
import type { Logger } from './logger.ts';
import type { Task, TraceContext } from './task/task.ts';

export type QueueOfSpan = { readonly name: string; readonly system: string | undefined };

/** Does nothing until a process registers an OpenTelemetry SDK. */
const tracer = openTelemetry.getTracer('serverless-task-queue');

/**
 * Starts the span of one enqueued task. Every task of a batch has its own span, which its worker continues.
 * The caller ends it.
 */
export const startEnqueueSpan = (task: Task, queue: QueueOfSpan): Span =>
  tracer.startSpan(`enqueue ${queue.name}`, {
    kind: SpanKind.PRODUCER,
    attributes: attributesOf(task, queue, 'enqueue', 'send'),
  });

/**
 * Starts the span of one delivery, from its claim to the stored end, as a child of the span that enqueued the
 * task. So all attempts of a task are in one trace, and are sampled if the enqueuing was.
 */
export const startProcessSpan = (
  task: Task,
  trace: TraceContext | undefined,
  { queue, messageId }: { readonly queue: QueueOfSpan; readonly messageId: string },
): Span =>
  tracer.startSpan(
    `process ${task.name}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        ...attributesOf(task, queue, 'process', 'process'),
        'messaging.message.id': messageId,
      },
    },
    parentOf(trace),
  );

/** Runs `work` with the span active, so that the spans of its calls become children. Ends the span. */
export async function inSpan<Result>(span: Span, work: () => Promise<Result>): Promise<Result> {
  // Without an SDK nothing reads the context.
  if (!isSpanContextValid(span.spanContext())) return work();
  try {
    return await context.with(openTelemetry.setSpan(context.active(), span), work);
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Marks the operation of the span as failed. */
export function markFailed(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  const exception = isA(error, Error) ? tamed(error) : messageOf(error);
  span.recordException(exception);
  span.setAttribute('error.type', isA(error, Error) ? errorName(error) : '_OTHER');
  span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(exception) });
}

/** Returns what a message needs so that its worker continues the trace; `undefined` without an SDK. */
export function traceContextOf(span: Span): TraceContext | undefined {
  const { traceId, spanId, traceFlags, traceState } = span.spanContext();
  if (!isSpanContextValid({ traceId, spanId, traceFlags })) return undefined;
  const flags = (traceFlags & 0xff).toString(16).padStart(2, '0');
  return {
    traceparent: `00-${traceId}-${spanId}-${flags}`,
    tracestate: traceState?.serialize() || undefined,
  };
}

/** Returns a logger that adds the trace id to its lines, if the span is recorded. */
export function withTraceId(logger: Logger, span: Span): Logger {
  if (!span.isRecording()) return logger;
  const { traceId } = span.spanContext();
  return withFields(logger, { traceId });
}

/** Reads what `traceContextOf` wrote. The propagators of dispatcher and worker may differ, so none is used. */
function parentOf(trace: TraceContext | undefined): Context {
  if (!trace) return ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = ''] = trace.traceparent.split('-');
  return openTelemetry.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
    traceState: trace.tracestate ? createTraceState(trace.tracestate) : undefined,
  });
}

/** https://opentelemetry.io/docs/specs/semconv/messaging/sqs/ */
const attributesOf = (task: Task, queue: QueueOfSpan, name: string, type: string): Attributes => ({
  'messaging.system': queue.system,
  'messaging.operation.name': name,
  'messaging.operation.type': type,
  'messaging.destination.name': queue.name,
  'task_queue.task.id': task.id,
});
