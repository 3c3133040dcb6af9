import type { IncomingMessage } from 'node:http';
import type { CorsPolicy } from '../../../shared/deployment/cors.ts';
import { LOCAL_HEADERS } from './local-authorizer.ts';

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
  return {
    'access-control-allow-origin': allowOrigins.includes('*') ? '*' : origin,
    'access-control-expose-headers': policy.exposeHeaders.join(','),
    ...(allowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(isPreflight(request) && {
      'access-control-allow-methods': policy.allowMethods.join(','),
      'access-control-allow-headers': [...policy.allowHeaders, ...LOCAL_HEADERS].join(','),
      'access-control-max-age': String(policy.maxAgeSeconds),
    }),
  };
}

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
