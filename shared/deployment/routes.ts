/**
 * The HTTP API, once: CDK makes a route and a permission set of each line, the local server serves
 * the same lines. `lambda` is the entry point in functions/api that answers it, and so the
 * permissions it runs with.
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
  // Those of the PHP original.
  { method: 'GET', path: '/taoTaskQueue/TaskQueueRestApi/get', lambda: 'query' },
  { method: 'GET', path: '/taoTaskQueue/TaskQueueRestApi/getStatus', lambda: 'query' },
] as const;

/** Answers what no route matches: 405 for a known path, 404 for any other. */
export const DEFAULT_ROUTE_LAMBDA = 'query';

export type ApiLambda = (typeof ROUTES)[number]['lambda'];

/**
 * API Gateway answers a browser's preflight itself, but only where no authoriser stands before it,
 * as on `$default`. What else comes this way reaches the Lambda of that route.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
export const PREFLIGHT_PATH = '/{proxy+}';
