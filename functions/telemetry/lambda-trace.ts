import { type Context, context, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';
import { AsyncContextManager } from './async-context-manager.ts';

/** Lambda sets this variable to the trace of each request. */
const TRACE_VARIABLE = '_X_AMZN_TRACE_ID';

/** `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=<0 or 1>`, and more. */
const HEADER =
  /^(?=.*Root=1-([0-9a-f]{8})-([0-9a-f]{24}))(?=.*Parent=([0-9a-f]{16}))(?=.*Sampled=([01]))/;

/**
 * Makes the tasks that this function enqueues continue the trace of the request, if `OTEL_PROPAGATORS` names
 * `xray-lambda`. This needs no SDK.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function continueLambdaTraces(env: NodeJS.ProcessEnv): void {
  const propagators = env['OTEL_PROPAGATORS']?.split(',') ?? [];
  if (!propagators.includes('xray-lambda')) return;
  context.setGlobalContextManager(new LambdaContextManager(env));
}

/** Returns the trace of the request where no span is active: a function serves one request at a time. */
class LambdaContextManager extends AsyncContextManager {
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    super();
    this.#env = env;
  }

  override active(): Context {
    const active = super.active();
    if (active !== ROOT_CONTEXT) return active;
    const [, time, rest, spanId, sampled] = HEADER.exec(this.#env[TRACE_VARIABLE] ?? '') ?? [];
    if (time === undefined || rest === undefined || spanId === undefined) return ROOT_CONTEXT;
    const traceFlags = sampled === '1' ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const parent = { traceId: time + rest, spanId, traceFlags, isRemote: true };
    return trace.setSpanContext(ROOT_CONTEXT, parent);
  }
}
