import { TAO_ROUTES } from '../tao/api.ts'; // TAO

/**
 * The routes of the HTTP API. CDK creates a route for each line, and the local server serves the same
 * lines. `lambda` is the entry point in functions/api/lambdas that answers it, and therefore decides
 * the permissions. functions/api/routes.ts has the handlers.
 */
export const ROUTES = [
  { method: 'POST', path: '/tasks', lambda: 'enqueue' },
  { method: 'GET', path: '/tasks', lambda: 'query' },
  { method: 'GET', path: '/tasks/{id}', lambda: 'query' },
  { method: 'GET', path: '/tasks/{id}/status', lambda: 'query' },
  { method: 'GET', path: '/tasks/{id}/report', lambda: 'query' },
  { method: 'GET', path: '/tasks/{id}/file', lambda: 'query' },
  { method: 'POST', path: '/tasks/cancel', lambda: 'manage' },
  { method: 'POST', path: '/tasks/archive', lambda: 'manage' },
  { method: 'POST', path: '/tasks/{id}/cancel', lambda: 'manage' },
  { method: 'POST', path: '/tasks/{id}/archive', lambda: 'manage' },
  { method: 'POST', path: '/tasks/{id}/retry', lambda: 'manage' },
  { method: 'GET', path: '/queues', lambda: 'query' },
  { method: 'GET', path: '/stats', lambda: 'query' },
  { method: 'GET', path: '/stats/execution-times', lambda: 'query' },
  { method: 'GET', path: '/openapi.json', lambda: 'docs' },
  { method: 'GET', path: '/docs', lambda: 'docs' },
  ...TAO_ROUTES, // TAO
] as const;

/** The Lambda that answers requests without a route: 405 for a known path, else 404. */
export const DEFAULT_ROUTE_LAMBDA = 'query';

export type ApiLambda = (typeof ROUTES)[number]['lambda'];

/**
 * API Gateway answers a browser's preflight itself, but only on a route without an authorizer, and
 * `$default` has one. Other OPTIONS requests reach the Lambda of this route.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export const PREFLIGHT_PATH = '/{proxy+}';
