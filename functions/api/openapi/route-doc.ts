import type * as z from 'zod';
import type { ROUTES } from '../../../shared/deployment/routes.ts';
import type { ProblemCode } from '../problem.ts';

/** The order of the document. */
export const TAGS = {
  Tasks: 'Enqueue tasks, and ask how they went.',
  Decisions: 'Cancel tasks, put them aside, run them again.',
  Overview: 'Queues and counts.',
  TAO: 'The routes of the PHP original, in its envelope.',
  Reference: 'This API, described.',
} as const;

export type ResponseDoc = {
  readonly description: string;
  /** Of the body. Absent: there is none, or it is no JSON. */
  readonly schema?: z.ZodType;
  /** @default application/json */
  readonly contentType?: string;
  /** Description of each header that is worth knowing. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** All there is to know about a route: the document, its page, and the fuzz test are made of it. */
export type RouteDoc<PathParameter extends string = never> = PathDoc<PathParameter> & {
  /** Stable: generated clients name their methods after it. */
  readonly operationId: string;
  readonly tag: keyof typeof TAGS;
  /** A few words. */
  readonly summary: string;
  /** Sentences; `code` may be in backticks. */
  readonly description?: string;
  /** The very schema that the handler checks the query with; so with headers and body. */
  readonly query?: z.ZodObject;
  readonly headers?: z.ZodObject;
  readonly body?: z.ZodType;
  /** @default false: a request without a body is refused */
  readonly isBodyOptional?: boolean;
  /** By status, those that are no problem. */
  readonly responses: Readonly<Record<number, ResponseDoc>>;
  /** Besides those of every route, and of every body. */
  readonly problems: readonly ProblemCode[];
  /** For a route that answers problems in a form of its own, as JSON: with a name. */
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

/** One for every line of the route table, with each parameter of its path: else it does not compile. */
export type RouteDocs = {
  readonly [Route in Line as `${Route['method']} ${Route['path']}`]: RouteDoc<
    ParameterIn<Route['path']>
  >;
};
