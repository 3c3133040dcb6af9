import { type ApiLambda, DEFAULT_ROUTE_LAMBDA, ROUTES } from '../../shared/deployment/routes.ts';

type Parameters = Readonly<Record<string, string>>;
type Matched = {
  /** As API Gateway names it, `GET /tasks/{id}`; `$default` when no route matches. */
  readonly routeKey: string;
  readonly pathParameters: Parameters;
};

const TEMPLATES = ROUTES.map((route) => ({ ...route, segments: route.path.split('/') }));

/** Finds the route of a request as API Gateway does. */
export function matchRoute(method: string, pathname: string): Matched {
  const [found] = routesAt(pathname).filter(({ route }) => route.method === method);
  if (!found) return { routeKey: '$default', pathParameters: {} };
  const { route, pathParameters } = found;
  return { routeKey: `${route.method} ${route.path}`, pathParameters };
}

/** Returns the Lambda that answers a request. HEAD goes where GET goes. */
export function lambdaFor(method: string, pathname: string): ApiLambda {
  const asked = method === 'HEAD' ? 'GET' : method;
  const found = routesAt(pathname).find(({ route }) => route.method === asked);
  return found?.route.lambda ?? DEFAULT_ROUTE_LAMBDA;
}

/** Returns the methods that a path allows. A path with GET also has HEAD (RFC 9110, 9.3.2). */
export function methodsOf(pathname: string): string[] {
  const methods = new Set(routesAt(pathname).map(({ route }) => route.method));
  return [...methods].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : method));
}

/** A path without parameters comes first: `cancel` in `/tasks/cancel` is no id, whatever the method. */
function routesAt(pathname: string) {
  const segments = pathname.split('/');
  const found = TEMPLATES.flatMap((route) => {
    const pathParameters = parametersIn(route.segments, segments);
    return pathParameters ? [{ route, pathParameters }] : [];
  });
  const exact = found.filter(({ route }) => route.path === pathname);
  return exact.length > 0 ? exact : found;
}

type Addressed = {
  readonly rawPath: string;
  readonly requestContext: {
    readonly stage: string;
    readonly apiId: string;
    readonly domainPrefix: string;
  };
};

/**
 * Returns the path as in shared/deployment/routes.ts. API Gateway leaves the name of a stage before it,
 * and on a domain of your own the key of the API mapping, which has one or more segments.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html
 */
export function routePathOf({ rawPath, requestContext }: Addressed): string {
  const { stage, apiId, domainPrefix } = requestContext;
  const path = rawPath.startsWith(`/${stage}/`) ? rawPath.slice(stage.length + 1) : rawPath;
  if (domainPrefix === apiId) return path;
  const segments = path.split('/').slice(1);
  const paths = segments.map((_, index) => `/${segments.slice(index).join('/')}`);
  return paths.find((candidate) => routesAt(candidate).length > 0) ?? path;
}

/** Returns undefined when the path is not of this template. A parameter is never empty. */
function parametersIn(
  template: readonly string[],
  segments: readonly string[],
): Parameters | undefined {
  if (template.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of template.entries()) {
    const segment = segments[index] ?? '';
    const isParameter = expected.startsWith('{') && segment !== '';
    if (!isParameter && segment !== expected) return undefined;
    if (isParameter) parameters[expected.slice(1, -1)] = segment;
  }
  return parameters;
}
