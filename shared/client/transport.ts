import { pause } from '../clock.ts';
import type { FieldProblem } from '../errors.ts';

/** An outgoing request, to be signed. Header names are in lower case. */
export type OutgoingRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Signs a request. Resolves to all headers to send, including those of the request. */
export type Sign = (request: OutgoingRequest) => Promise<Readonly<Record<string, string>>>;

export type TransportOptions = {
  /** The address of the API, e.g. `https://….execute-api.eu-west-1.amazonaws.com`. */
  readonly url: string;
  /** Sent with every request, for example `{ authorization: `Bearer ${token}` }`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** `iamSigner()`, unless the API accepts tokens. */
  readonly sign?: Sign;
  /** @default the fetch of the platform */
  readonly fetch?: typeof fetch;
  /** The timeout of one attempt, a wait for the task's end included. @default 30 */
  readonly timeoutSeconds?: number;
  /** Attempts in total, 1 or more, if the API is unreachable, throttles or is down. @default 4 */
  readonly maxAttempts?: number;
};

type RequestParts = {
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

type QueryValue = string | number | Date | readonly string[] | undefined;

export type CallOptions = {
  /** Aborts the call, also while it waits for the next attempt. */
  readonly signal?: AbortSignal | undefined;
};

/** Sends a request and retries it. @throws {TaskQueueApiError} */
export type Transport = <Answer>(
  method: 'GET' | 'POST',
  path: string,
  call?: RequestParts,
  options?: CallOptions,
) => Promise<Answer>;

/** Statuses that say nothing about the request: throttled, down, or no response. */
const RETRIED = [0, 429, 502, 503, 504];
/** The first pause is 0 to this long. The maximum doubles with each attempt. */
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

const JSON_TYPE = { 'content-type': 'application/json' };

function outgoing(
  { url, headers }: TransportOptions,
  method: string,
  path: string,
  { query = {}, body, headers: more }: RequestParts = {},
): OutgoingRequest {
  const hasBody = body !== undefined;
  const type = hasBody ? JSON_TYPE : undefined;
  return {
    method,
    url: `${url.replace(/\/$/, '')}${path}${queryString(query)}`,
    headers: { ...type, ...headers, ...more },
    body: hasBody ? JSON.stringify(body) : undefined,
  };
}

function queryString(query: Readonly<Record<string, QueryValue>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    // String() joins a list with commas.
    params.set(name, value instanceof Date ? value.toISOString() : String(value));
  }
  // Signer and API read a + differently. %20 is unambiguous.
  return params.size > 0 ? `?${String(params).replaceAll('+', '%20')}` : '';
}

async function answerIn<Answer>(response: Response): Promise<Answer> {
  // The body of a 303 has the link. Following it would send the signature along.
  if (!response.ok && response.status !== 303) throw await apiErrorOf(response);
  return (await response.json()) as Answer;
}

const isWorthRetrying = (error: unknown): boolean =>
  error instanceof TaskQueueApiError && RETRIED.includes(error.status);

const unreachable = (url: string, cause: unknown): TaskQueueApiError =>
  new TaskQueueApiError(`No response from ${url}.`, { status: 0, code: 'UNREACHABLE' }, { cause });

/** The API refused the request or could not be reached. Switch on `code`, never on the message. */
export class TaskQueueApiError extends Error {
  /** The HTTP status. 0: no response. */
  readonly status: number;
  /** A code of docs/api.md, `HTTP_<status>` for the response of a proxy, or `UNREACHABLE`. */
  readonly code: string;
  /** Every field that is wrong. */
  readonly errors: readonly FieldProblem[];

  constructor(
    message: string,
    {
      status,
      code,
      errors = [],
    }: Pick<TaskQueueApiError, 'status' | 'code'> & {
      readonly errors?: readonly FieldProblem[] | undefined;
    },
    options?: ErrorOptions,
  ) {
    const lines = errors.map((error) => `\n  - ${error.path}${error.path && ': '}${error.message}`);
    super(`${message}${lines.join('')}`, options);
    this.name = 'TaskQueueApiError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** Makes the error from an unsuccessful response of the API or of a proxy. */
async function apiErrorOf(response: Response): Promise<TaskQueueApiError> {
  const { status, statusText } = response;
  const text = await response.text();
  const { code, detail, message, errors } = jsonIn(text);
  return new TaskQueueApiError(
    detail ?? message ?? `The API responded with ${status} ${statusText}.`,
    {
      status,
      code: code ?? `HTTP_${status}`,
      errors,
    },
  );
}

type ErrorBody = {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly FieldProblem[];
  /** The text of API Gateway's own responses. */
  readonly message?: string;
};

function jsonIn(text: string): ErrorBody {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}
