import type * as z from 'zod';
import type { ROUTES } from '../../../shared/deployment/routes.ts';
import type { ProblemCode } from '../problem.ts';

/** A group of routes in the document. */
export type Tag = { readonly name: string; readonly description: string };

export const TASKS: Tag = { name: 'Tasks', description: 'Enqueue tasks and follow them.' };
export const MANAGE: Tag = { name: 'Manage', description: 'Cancel, archive and retry tasks.' };
export const OVERVIEW: Tag = { name: 'Overview', description: 'Queues and statistics.' };
export const REFERENCE: Tag = { name: 'Reference', description: 'The description of this API.' };

export type ResponseDoc = {
  readonly description: string;
  /** The schema of the body. Absent: there is no body, or it is not JSON. */
  readonly schema?: z.ZodType;
  /** @default application/json */
  readonly contentType?: string;
  /** Headers with their descriptions. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** The documentation of a route. The document, the page and the fuzz test are made from it. */
export type RouteDoc<PathParameter extends string = never> = PathDoc<PathParameter> & {
  /** Stable: generated clients name their methods after it. */
  readonly operationId: string;
  readonly tag: Tag;
  /** A few words. */
  readonly summary: string;
  /** Sentences. `code` may be in backticks. */
  readonly description?: string;
  /** The schema that the handler validates the query with. `headers` and `body` likewise. */
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** @default false: a request without a body is refused */
  readonly isBodyOptional?: boolean;
  /** The responses that are not problems, by status. */
  readonly responses: Readonly<Record<number, ResponseDoc>>;
  /** Codes besides those of every route and every body. */
  readonly problems: readonly ProblemCode[];
  /** For a route whose problems have a form of their own. The schema needs an id. */
  readonly problemSchema?: z.ZodType;
};

export type AnyRouteDoc = RouteDoc | RouteDoc<string>;

type PathDoc<Parameter extends string> = [Parameter] extends [never]
  ? { readonly path?: undefined }
  : { readonly path: Readonly<Record<Parameter, z.ZodType>> };

type Line = (typeof ROUTES)[number];

type ParameterIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterIn<Rest>
  : never;

/** One entry for every route, with every parameter of its path. A missing one does not compile. */
export type RouteDocs = {
  readonly [Route in Line as `${Route['method']} ${Route['path']}`]: RouteDoc<
    ParameterIn<Route['path']>
  >;
};
