import middy from '@middy/core';
import type {
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import type * as z from 'zod';
import { type ApiLambda, PREFLIGHT_PATH, type ROUTES } from '../../shared/deployment/routes.ts';
import { isA } from '../../shared/foreign/text.ts';
import { MAX_PARAMETERS_BYTES } from '../../shared/limits.ts';
import { JsonInvalidError, parseJson } from '../../shared/parse-json.ts';
import { fieldProblems, strictObject } from '../../shared/validation.ts';
import type { Wiring } from '../wiring/wiring.ts';
import { type Authorised, type Caller, callerOf } from './caller.ts';
import { matchRoute, methodsOf, routePathOf } from './match-route.ts';
import { type Problem, problemOf, RequestError } from './problem.ts';

export type ApiRequest = {
  readonly caller: Caller;
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * Parses the JSON body.
   * @param ifEmpty returned when there is no body, for routes that need none
   * @throws {RequestError} 400 when the body is not JSON, 413 when it is too large
   */
  body(ifEmpty?: unknown): unknown;
  /** Aborts when the client disconnects. A Lambda cannot know that, so it has none. */
  readonly signal?: AbortSignal;
};

export type Reply = {
  readonly status: number;
  /** Sent as JSON, unless it is a string. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
};

/** Answers the requests of one route. Errors become a problem+json response, or that of `onProblem`. */
export type RouteHandler = ((request: ApiRequest) => Promise<Reply>) & {
  readonly onProblem?: (problem: Problem) => Reply;
};

/** The name of a route as API Gateway writes it: `GET /tasks/{id}`. */
export type KeyOf<R> = R extends { method: infer M extends string; path: infer P extends string }
  ? `${M} ${P}`
  : never;

/** The handlers of one Lambda: one for each of its routes in shared/deployment/routes.ts. */
export type RoutesOf<Lambda extends ApiLambda> = Record<
  KeyOf<Extract<(typeof ROUTES)[number], { lambda: Lambda }>>,
  RouteHandler
>;

export type ApiEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & Authorised
>;
/** Only the local server knows when a client has disconnected. */
export type ApiContext = Context & { readonly signal?: AbortSignal };
export type ApiHandler = (
  event: ApiEvent,
  context: ApiContext,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Turns routes into a Lambda handler for an API Gateway HTTP API. This is the only place that
 * identifies callers, parses bodies, and formats replies and errors.
 */
export function httpHandler(
  routes: Readonly<Record<string, RouteHandler>>,
  { config, logger }: Pick<Wiring, 'config' | 'logger'>,
): ApiHandler {
  return middy<ApiEvent, APIGatewayProxyStructuredResultV2, Error, ApiContext>()
    .onError((request) => {
      const problem = problemOf(request.error);
      if (problem.status >= 500) {
        logger.error('request failed', { route: request.event.routeKey, error: request.error });
      }
      const own = routes[routeOf(request.event).routeKey]?.onProblem?.(problem);
      const headers = isA(request.error, RequestError) ? request.error.headers : {};
      const reply = own ?? { status: problem.status, body: problem, headers };
      const contentType = own ? 'application/json' : 'application/problem+json';
      request.response = respond(reply, contentType, request.event);
    })
    .handler(async (event, { signal }) => {
      // The only route without an authorizer. It exists when CORS is configured.
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
        signal,
      });
      return respond(reply, 'application/json', event);
    });
}

const isHead = ({ requestContext }: ApiEvent): boolean => requestContext.http.method === 'HEAD';

/**
 * HEAD may arrive by another route, `$default` for one. It gets the answer of GET without the body.
 * API Gateway takes `cancel` in `GET /tasks/cancel` for an id; our own match does not.
 */
function routeOf(event: ApiEvent): Pick<ApiEvent, 'routeKey' | 'pathParameters'> {
  const { method } = event.requestContext.http;
  const path = routePathOf(event);
  const matched = matchRoute(isHead(event) ? 'GET' : method, path);
  const isOurs = isHead(event) || methodsOf(path).length > 0;
  return isOurs && matched.routeKey !== event.routeKey ? matched : event;
}

const noQuery = strictObject({});

/** Refuses query parameters, for a route that takes none. */
export const withoutQuery =
  (route: RouteHandler): RouteHandler =>
  async (request) => {
    parseQuery(noQuery, request);
    return route(request);
  };

/** Parses the query string. @throws {RequestError} 400, with every parameter that is wrong */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  { query }: ApiRequest,
): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const problems = fieldProblems(parsed.error);
  throw new RequestError('QUERY_INVALID', 'The query parameters are invalid.', { problems });
}

/** Parses a body that may be empty. @throws {RequestError} 422, with every field that is wrong */
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
  const content = isBase64Encoded ? Buffer.from(body, 'base64') : body;
  // Lambda counts the body as a string in the JSON of the event, so quotes count twice.
  const bytes = Buffer.byteLength(JSON.stringify(content.toString()));
  if (bytes > MAX_PARAMETERS_BYTES) throw bodyTooLarge(bytes);
  try {
    return parseJson(content);
  } catch (error) {
    if (!(error instanceof JsonInvalidError)) throw error;
    const { message, problems } = error;
    throw new RequestError('BODY_MALFORMED', `The body ${message}.`, { problems });
  }
}

export const bodyTooLarge = (bytes: number): RequestError =>
  new RequestError(
    'BODY_TOO_LARGE',
    `The body has ${bytes} bytes, with quotes counted twice. The limit is ${MAX_PARAMETERS_BYTES} bytes.`,
  );

const respond = (
  { status, body, headers }: Reply,
  contentType: string,
  event: ApiEvent,
): APIGatewayProxyStructuredResultV2 => ({
  statusCode: status,
  headers: { 'content-type': contentType, 'cache-control': 'no-store', ...headers },
  body: isHead(event) ? undefined : textOf(body),
});

const textOf = (body: unknown): string => (typeof body === 'string' ? body : JSON.stringify(body));

/** Answers a request that no route matches: 405 for a known path, else 404. */
function noRoute(event: ApiEvent): RouteHandler {
  const { rawPath, requestContext } = event;
  const methods = methodsOf(routePathOf(event));
  return async () => {
    if (methods.length === 0) {
      throw new RequestError('ROUTE_NOT_FOUND', `No route matches ${rawPath}.`);
    }
    const allow = methods.join(', ');
    const message = `${rawPath} does not allow ${requestContext.http.method}. Allowed: ${allow}.`;
    throw new RequestError('METHOD_NOT_ALLOWED', message, { headers: { allow } });
  };
}
