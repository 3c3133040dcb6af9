import { pause } from '../clock.ts';
import { apiErrorOf, TaskQueueApiError } from './api-error.ts';

/** A request as it goes out, to be signed. Header names are in lower case. */
export type OutgoingRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** @returns the headers to send, those of the request among them */
export type Sign = (request: OutgoingRequest) => Promise<Readonly<Record<string, string>>>;

export type TransportOptions = {
  /** Of the API, e.g. `https://….execute-api.eu-west-1.amazonaws.com`. */
  readonly url: string;
  /** Sent with every request: `{ authorization: `Bearer ${token}` }`, for example. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `iamSigner()`, unless the API takes tokens. */
  readonly sign?: Sign;
  /** @default the fetch of the platform */
  readonly fetch?: typeof fetch;
  /** One attempt may take so long, a wait for a task's end included. @default 30 */
  readonly timeoutSeconds?: number;
  /** Attempts in all, 1 or more, when the API cannot be reached, is busy or is down. @default 4 */
  readonly maxAttempts?: number;
};

export type Call = {
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

export type QueryValue = string | number | Date | readonly string[] | undefined;

export type CallOptions = {
  /** Gives up, also while waiting for the next attempt. */
  readonly signal?: AbortSignal | undefined;
};

/** Sends a request until it is answered. @throws {TaskQueueApiError} */
export type Transport = <Answer>(
  method: 'GET' | 'POST',
  path: string,
  call?: Call,
  options?: CallOptions,
) => Promise<Answer>;

/** Throttled, or down: nothing is wrong with the request itself. */
const RETRIED = [0, 429, 502, 503, 504];
/** The first wait is 0 to this long, each later one up to twice as long. */
const BASE_MS = 200;

export function createTransport(options: TransportOptions): Transport {
  const { timeoutSeconds = 30, maxAttempts = 4, sign } = options;
  const send = options.fetch ?? fetch;

  async function attempt<Answer>(request: OutgoingRequest, caller?: AbortSignal): Promise<Answer> {
    const { url, ...rest } = request;
    const headers = (await sign?.(request)) ?? request.headers;
    const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
    const signal = caller ? AbortSignal.any([caller, timeout]) : timeout;
    try {
      return await answerIn(await send(url, { ...rest, headers, signal, redirect: 'manual' }));
    } catch (cause) {
      caller?.throwIfAborted();
      throw cause instanceof TaskQueueApiError ? cause : unreachable(url, cause);
    }
  }

  return async (method, path, call, { signal } = {}) => {
    const request = outgoing(options, method, path, call);
    for (let attempts = 1; ; attempts++) {
      try {
        return await attempt(request, signal);
      } catch (error) {
        if (attempts >= maxAttempts || !isWorthRetrying(error)) throw error;
        await pause(Math.random() * BASE_MS * 2 ** (attempts - 1), signal);
        signal?.throwIfAborted();
      }
    }
  };
}

function outgoing(
  { url, headers }: TransportOptions,
  method: string,
  path: string,
  { query = {}, body, headers: more }: Call = {},
): OutgoingRequest {
  const hasBody = body !== undefined;
  return {
    method,
    url: `${url.replace(/\/$/, '')}${path}${queryString(query)}`,
    headers: { ...(hasBody && { 'content-type': 'application/json' }), ...headers, ...more },
    ...(hasBody && { body: JSON.stringify(body) }),
  };
}

function queryString(query: Readonly<Record<string, QueryValue>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    // A list has commas between.
    params.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  // A + would be signed as what it stands for, a space, by one side only.
  return params.size > 0 ? `?${String(params).replaceAll('+', '%20')}` : '';
}

async function answerIn<Answer>(response: Response): Promise<Answer> {
  // Where a 303 leads to is in its body too, and must not see the signature.
  if (!response.ok && response.status !== 303) throw await apiErrorOf(response);
  return (await response.json()) as Answer;
}

const isWorthRetrying = (error: unknown): boolean =>
  error instanceof TaskQueueApiError && RETRIED.includes(error.status);

const unreachable = (url: string, cause: unknown): TaskQueueApiError =>
  new TaskQueueApiError(
    `There was no answer from ${url}.`,
    { status: 0, code: 'UNREACHABLE' },
    { cause },
  );
