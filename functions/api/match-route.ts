import { type ApiLambda, DEFAULT_ROUTE_LAMBDA, ROUTES } from '../../shared/deployment/routes.ts';

type Matched = {
  /** As API Gateway names it, `GET /tasks/{id}`; `$default` when there is no such route. */
  readonly routeKey: string;
  readonly pathParameters: Record<string, string | undefined>;
};

/** Finds the route of a request as API Gateway does. */
export function matchRoute(method: string, pathname: string): Matched {
  for (const route of ROUTES) {
    const match = route.method === method ? templateOf(route.path).exec(pathname) : null;
    if (!match) continue;
    return { routeKey: `${route.method} ${route.path}`, pathParameters: { ...match.groups } };
  }
  return { routeKey: '$default', pathParameters: {} };
}

/** Which Lambda gets a request. HEAD goes where GET goes. */
export function lambdaFor(method: string, pathname: string): ApiLambda {
  const { routeKey } = matchRoute(method === 'HEAD' ? 'GET' : method, pathname);
  const route = ROUTES.find(({ method: of, path }) => `${of} ${path}` === routeKey);
  return route?.lambda ?? DEFAULT_ROUTE_LAMBDA;
}

/** The methods that a path answers to. Wherever GET is one of them, so is HEAD (RFC 9110, 9.3.2). */
export function methodsOf(pathname: string): string[] {
  const methods = ROUTES.filter(({ path }) => templateOf(path).test(pathname)).map(
    ({ method }) => method,
  );
  return [...new Set(methods)].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method));
}

const templateOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
