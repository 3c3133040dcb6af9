import type { OpenApiDocument, Parameter, Schema } from '../openapi/openapi-types.ts';
import { type Html, html } from './html.ts';
import type { Route } from './route.ts';
import { type Resolve, resolverOf, sampleOf } from './sample.ts';

/** How to call a route; a body that may be one of several kinds has an example of each. */
export function curlExamples({ path, method, operation }: Route, document: OpenApiDocument): Html {
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

/** The alternatives of a tagged union, should the body be or begin with one. */
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
