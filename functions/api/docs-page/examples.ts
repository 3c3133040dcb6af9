import type { OpenApiDocument, Operation, Parameter, Schema } from '../openapi/openapi-types.ts';
import { type Html, html } from './html.ts';

export type DocumentedRoute = {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
};

/** Shows how to call a route with curl. A body of several kinds has an example of each. */
export function curlExamples(
  { path, method, operation }: DocumentedRoute,
  document: OpenApiDocument,
): Html {
  const resolve = resolverOf(document);
  const { parameters = [], requestBody } = operation;
  const url = `"$API${parameters.reduce((text, one) => filledIn(text, one, resolve), path)}"`;
  const command =
    method === 'get' || requestBody ? `curl ${url}` : `curl -X ${method.toUpperCase()} ${url}`;
  const schema = requestBody?.content['application/json']?.schema;
  if (schema === undefined) return html`<pre>${command}</pre>`;
  return html`${kindsOf(schema, resolve).map((kind) => {
    const body = JSON.stringify(sampleOf(kind, resolve)).replaceAll("'", "'\\''");
    return html`<pre>${command} -d '${body}'</pre>`;
  })}`;
}

/** Returns the alternatives of a tagged union, or the schema itself. */
function kindsOf(schema: Schema, resolve: Resolve): readonly Schema[] {
  const resolved = resolve(schema.anyOf?.[0] ?? schema);
  return resolved.oneOf ?? [schema];
}

function filledIn(
  path: string,
  { name, in: place, required, schema }: Parameter,
  resolve: Resolve,
) {
  if (place === 'header' || !required) return path;
  const value = encodeURIComponent(String(sampleOf(schema, resolve)));
  if (place === 'path') return path.replace(`{${name}}`, value);
  return `${path}${path.includes('?') ? '&' : '?'}${name}=${value}`;
}

/** Follows the reference of a schema. */
export type Resolve = (schema: Schema) => Schema;

export const resolverOf =
  ({ components }: Pick<OpenApiDocument, 'components'>): Resolve =>
  (schema) => {
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : { ...components.schemas[name] };
  };

/** Makes a small value that a request schema accepts: its example, or the least valid one. */
export function sampleOf(schema: Schema, resolve: Resolve): unknown {
  const resolved = resolve(schema);
  const [given] = [
    ...(resolved.examples ?? []),
    resolved.default,
    resolved.const,
    resolved.enum?.[0],
  ].filter((value) => value !== undefined);
  if (given !== undefined) return given;
  const [first] = resolved.oneOf ?? resolved.anyOf ?? resolved.allOf ?? [];
  if (first) return sampleOf(first, resolve);
  return SAMPLES[String([resolved.type].flat()[0])]?.(resolved, resolve) ?? {};
}

const SAMPLES: Readonly<Record<string, (schema: Schema, resolve: Resolve) => unknown>> = {
  object: ({ properties = {}, required = [] }, resolve) =>
    Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? {}, resolve)])),
  array: ({ items = {} }, resolve) => [sampleOf(items, resolve)],
  string: ({ minLength = 0 }) => 'text'.padEnd(minLength, '.'),
  integer: ({ minimum = 1 }) => Math.max(minimum, 1),
  number: ({ minimum = 1 }) => Math.max(minimum, 1),
  boolean: () => true,
  null: () => null,
};
