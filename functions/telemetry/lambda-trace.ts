import {
  type Context,
  type ContextManager,
  context,
  ROOT_CONTEXT,
  TraceFlags,
  trace,
} from '@opentelemetry/api';

/** Where Lambda says which trace it is working on, request by request. */
const TRACE_VARIABLE = '_X_AMZN_TRACE_ID';

/** `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=<0 or 1>`, and more. */
const HEADER =
  /^(?=.*Root=1-([0-9a-f]{8})-([0-9a-f]{24}))(?=.*Parent=([0-9a-f]{16}))(?=.*Sampled=([01]))/;

/**
 * Has the tasks that this function enqueues continue the trace that Lambda records of its request, if
 * `OTEL_PROPAGATORS` names `xray-lambda`. No SDK is needed for it.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function continueLambdaTraces(env: NodeJS.ProcessEnv): void {
  const propagators = env['OTEL_PROPAGATORS']?.split(',') ?? [];
  if (!propagators.includes('xray-lambda')) return;
  context.setGlobalContextManager(new LambdaContextManager(env));
}

/** A function works on one request at a time, so there is one context. */
class LambdaContextManager implements ContextManager {
  readonly #env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  active(): Context {
    const [, time, rest, spanId, sampled] = HEADER.exec(this.#env[TRACE_VARIABLE] ?? '') ?? [];
    if (time === undefined || rest === undefined || spanId === undefined) return ROOT_CONTEXT;
    const traceFlags = sampled === '1' ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const parent = { traceId: time + rest, spanId, traceFlags, isRemote: true };
    return trace.setSpanContext(ROOT_CONTEXT, parent);
  }

  with<Args extends unknown[], Call extends (...args: Args) => ReturnType<Call>>(
    _context: Context,
    call: Call,
    thisArg?: ThisParameterType<Call>,
    ...args: Args
  ): ReturnType<Call> {
    return call.apply(thisArg, args);
  }

  bind<Target>(_context: Context, target: Target): Target {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}
