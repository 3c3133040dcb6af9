import middy from '@middy/core';
import type {
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import type * as z from 'zod';
import { type ApiLambda, PREFLIGHT_PATH, type ROUTES } from '../../shared/deployment/routes.ts';
import { fieldProblems } from '../../shared/field-problems.ts';
import { MAX_PARAMETERS_BYTES } from '../../shared/limits.ts';
import { strictObject } from '../../shared/strict-object.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { type Authorised, type Caller, callerOf } from './caller.ts';
import { matchRoute, methodsOf } from './match-route.ts';
import { type Problem, problemOf, RequestError } from './problem.ts';

export type ApiRequest = {
  readonly caller: Caller;
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * The JSON of the body.
   * @param ifEmpty for routes that need no body
   * @throws {RequestError} 400 when it is no JSON, 413 when it is too large
   */
  body(ifEmpty?: unknown): unknown;
  /** Aborts when nobody waits for the answer any more, where that can be known: not in a Lambda. */
  readonly signal?: AbortSignal;
};

export type Reply = {
  readonly status: number;
  /** Sent as JSON, unless it is text already. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
};

/** Validated request in, reply out. What it throws becomes a problem+json response, or `onProblem`'s. */
export type Route = ((request: ApiRequest) => Promise<Reply>) & {
  readonly onProblem?: (problem: Problem) => Reply;
};

/** A route as API Gateway names it: `GET /tasks/{id}`. */
export type KeyOf<R> = R extends { method: infer M extends string; path: infer P extends string }
  ? `${M} ${P}`
  : never;

/** The routes that one Lambda serves: exactly those that shared/deployment/routes.ts gives it. */
export type RoutesOf<Lambda extends ApiLambda> = Record<
  KeyOf<Extract<(typeof ROUTES)[number], { lambda: Lambda }>>,
  Route
>;

export type ApiEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & Authorised
>;
/** Only the local server can tell that a client has gone. */
export type ApiContext = Context & { readonly signal?: AbortSignal };
export type ApiHandler = (
  event: ApiEvent,
  context: ApiContext,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Turns routes into a Lambda handler for an API Gateway HTTP API. Who calls, what the body is, how
 * replies and errors look: all of it happens here and nowhere else.
 */
export function httpHandler(
  routes: Readonly<Record<string, Route>>,
  { config, logger }: Pick<Wiring, 'config' | 'logger'>,
): ApiHandler {
  return middy<ApiEvent, APIGatewayProxyStructuredResultV2, Error, ApiContext>()
    .onError((request) => {
      const problem = problemOf(request.error);
      if (problem.status >= 500) {
        logger.error('request failed', { route: request.event.routeKey, error: request.error });
      }
      const own = routes[routeOf(request.event).routeKey]?.onProblem?.(problem);
      const headers = request.error instanceof RequestError ? request.error.headers : {};
      const reply = own ?? { status: problem.status, body: problem, headers };
      const contentType = own ? 'application/json' : 'application/problem+json';
      request.response = respond(reply, contentType, request.event);
    })
    .handler(async (event, { signal }) => {
      // The one route without an authoriser; there is only when pages of other origins may call.
      if (event.routeKey === `OPTIONS ${PREFLIGHT_PATH}`) return { statusCode: 204 };
      const caller = callerOf(event.requestContext, config.auth);
      const { routeKey, pathParameters } = routeOf(event);
      const route = routes[routeKey] ?? noRoute(event);
      const reply = await route({
        caller,
        path: pathParameters ?? {},
        query: event.queryStringParameters ?? {},
        headers: event.headers,
        body: (ifEmpty) => parseBody(event, ifEmpty),
        ...(signal && { signal }),
      });
      return respond(reply, 'application/json', event);
    });
}

const isHead = ({ requestContext }: ApiEvent): boolean => requestContext.http.method === 'HEAD';

/** Whichever route HEAD came by, `$default` for one, it is answered like GET, without the body. */
const routeOf = (event: ApiEvent): Pick<ApiEvent, 'routeKey' | 'pathParameters'> =>
  isHead(event) ? matchRoute('GET', event.rawPath) : event;

const noQuery = strictObject({});

/** For a route that takes no query parameters: one that is given is refused, not ignored. */
export const withoutQuery =
  (route: Route): Route =>
  async (request) => {
    parseQuery(noQuery, request);
    return route(request);
  };

/** @throws {RequestError} 400, naming every query parameter that is wrong */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  { query }: ApiRequest,
): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const problems = fieldProblems(parsed.error);
  throw new RequestError('QUERY_INVALID', 'The query parameters are invalid.', { problems });
}

/** @throws {RequestError} 422, naming every field that is wrong */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  request: ApiRequest,
): z.output<Schema> {
  const parsed = schema.safeParse(request.body({}));
  if (parsed.success) return parsed.data;
  const problems = fieldProblems(parsed.error);
  throw new RequestError('BODY_INVALID', 'The body is invalid.', { problems });
}

function parseBody({ body = '', isBase64Encoded }: ApiEvent, ifEmpty: unknown): unknown {
  if (body === '' && ifEmpty !== undefined) return ifEmpty;
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  // As Lambda counts it: the body is a string in the JSON of the event, and of the answer later.
  const bytes = Buffer.byteLength(JSON.stringify(text));
  if (bytes > MAX_PARAMETERS_BYTES) throw bodyTooLarge(bytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError('BODY_MALFORMED', 'The body is not JSON.');
  }
}

export const bodyTooLarge = (bytes: number): RequestError =>
  new RequestError(
    'BODY_TOO_LARGE',
    `The body has ${bytes} bytes, quotes counted twice; at most ${MAX_PARAMETERS_BYTES} are accepted.`,
  );

const respond = (
  { status, body, headers }: Reply,
  contentType: string,
  event: ApiEvent,
): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { 'content-type': contentType, 'cache-control': 'no-store', ...headers },
  ...(!isHead(event) && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
});

/** Answers what no route matched: the path may be known under another method. */
function noRoute({ rawPath, requestContext }: ApiEvent): Route {
  const methods = methodsOf(rawPath);
  return async () => {
    if (methods.length === 0) {
      throw new RequestError('ROUTE_NOT_FOUND', `There is nothing at ${rawPath}.`);
    }
    const allow = methods.join(', ');
    const message = `${rawPath} does not answer to ${requestContext.http.method}, only to ${allow}.`;
    throw new RequestError('METHOD_NOT_ALLOWED', message, { headers: { allow } });
  };
}
