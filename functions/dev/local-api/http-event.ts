import type { IncomingMessage } from 'node:http';
import type { TaskQueueConfig } from '../../../shared/config/config.ts';
import type { ApiEvent } from '../../api/http.ts';
import { matchRoute } from '../../api/match-route.ts';
import { localAuthorizer } from './local-authorizer.ts';

/**
 * A request as API Gateway would hand it to a Lambda, payload format 2.0, with the caller that its
 * authoriser would have found.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toApiEvent(
  request: IncomingMessage,
  body: string,
  auth: TaskQueueConfig['auth'],
): ApiEvent {
  // Parsed as a whole URL: in `//x`, `x` is part of the path, not a host.
  const { pathname, searchParams, search } = new URL(`http://127.0.0.1${request.url ?? '/'}`);
  const method = request.method ?? 'GET';
  const { routeKey, pathParameters } = matchRoute(method, pathname);
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
    body,
    isBase64Encoded: false,
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
