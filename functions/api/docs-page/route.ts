import type { OpenApiDocument, Operation } from '../openapi/openapi-types.ts';
import { type Html, html } from './html.ts';

export type Route = {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
};

export const routesOf = ({ paths }: OpenApiDocument): Route[] =>
  Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );

export const routeHeading = ({ method, path }: Route): Html =>
  html`<span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code>`;
