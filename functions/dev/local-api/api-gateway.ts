import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import { defined } from '../../../shared/defined.ts';
import type { CorsPolicy } from '../../../shared/deployment/cors.ts';
import type { Authorised } from '../../api/caller.ts';
import type { ApiEvent } from '../../api/http.ts';
import { matchRoute } from '../../api/match-route.ts';

/**
 * A request as API Gateway would hand it to a Lambda, payload format 2.0, with the caller that its
 * authorizer would have found.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toApiEvent(
  request: IncomingMessage,
  content: Buffer,
  auth: TaskQueueConfig['auth'],
): ApiEvent {
  // Parsed as a whole URL: in `//x`, `x` is part of the path, not a host.
  const { pathname, searchParams, search } = new URL(`http://127.0.0.1${request.url ?? '/'}`);
  const method = request.method ?? 'GET';
  const { routeKey, pathParameters } = matchRoute(method, pathname);
  const isText = isUtf8(content);
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    version: '2.0',
    routeKey,
    rawPath: pathname,
    rawQueryString: search.slice(1),
    headers: Object.fromEntries(headers) as Record<string, string>,
    // A parameter that is given several times arrives as one, separated by commas.
    queryStringParameters: Object.fromEntries(
      [...searchParams.keys()].map((name) => [name, searchParams.getAll(name).join(',')]),
    ),
    pathParameters,
    body: content.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: !isText,
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: '127.0.0.1',
      domainPrefix: 'local',
      http: { method, path: pathname, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' },
      requestId: crypto.randomUUID(),
      routeKey,
      stage: '$default',
      time: new Date().toISOString(),
      timeEpoch: Date.now(),
      ...localAuthorizer(request.headers, auth),
    },
  };
}

/** Names the caller on the local stack instead of a signature or token. Empty: no caller. */
const USER_HEADER = 'x-local-user';
const DEFAULT_USER = 'developer';

/** The scopes of the caller's token, separated by spaces. */
const SCOPES_HEADER = 'x-local-scopes';

/** Pages of other origins may send them too. */
const LOCAL_HEADERS: readonly string[] = [USER_HEADER, SCOPES_HEADER];

/**
 * Describes the caller in the form of API Gateway's authorizer. Every name is
 * accepted: the local stack listens on 127.0.0.1 only.
 */
function localAuthorizer(headers: IncomingHttpHeaders, auth: TaskQueueConfig['auth']): Authorised {
  const user = String(headers[USER_HEADER] ?? DEFAULT_USER);
  if (user === '') return {};
  if (auth.type === 'iam') {
    return { authorizer: { iam: { userArn: `arn:aws:iam::000000000000:user/${user}` } } };
  }
  const claims = {
    iss: auth.issuer,
    scope: String(headers[SCOPES_HEADER] ?? ''),
    [auth.ownerClaim]: user,
  };
  return { authorizer: { jwt: { claims } } };
}

type CorsRequest = Pick<IncomingMessage, 'method' | 'headers'>;

/**
 * The headers that API Gateway adds to an answer so that a browser hands it to the page. None when
 * the page's origin is not allowed, or the request comes from no page of another origin.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export function corsHeaders(
  request: CorsRequest,
  policy: CorsPolicy | undefined,
): Record<string, string> {
  const { origin } = request.headers;
  if (!policy || origin === undefined || !isAllowed(origin, policy)) return {};
  const { allowOrigins, allowCredentials } = policy;
  const answer = defined({
    'access-control-allow-origin': allowOrigins.includes('*') ? '*' : origin,
    'access-control-expose-headers': policy.exposeHeaders.join(','),
    'access-control-allow-credentials': allowCredentials ? 'true' : undefined,
  });
  return isPreflight(request) ? { ...answer, ...preflightHeaders(policy) } : answer;
}

const preflightHeaders = (policy: CorsPolicy): Record<string, string> => ({
  'access-control-allow-methods': policy.allowMethods.join(','),
  'access-control-allow-headers': [...policy.allowHeaders, ...LOCAL_HEADERS].join(','),
  'access-control-max-age': String(policy.maxAgeSeconds),
});

/** A browser asks whether a page may send a request, without saying who the user is. */
export const isPreflight = ({ method, headers }: CorsRequest): boolean =>
  method === 'OPTIONS' &&
  headers.origin !== undefined &&
  headers['access-control-request-method'] !== undefined;

/** `https://*` allows every origin that begins with what is before its `*`. */
const isAllowed = (origin: string, { allowOrigins }: CorsPolicy): boolean =>
  allowOrigins.some((allowed) =>
    allowed.endsWith('*') ? origin.startsWith(allowed.slice(0, -1)) : origin === allowed,
  );
