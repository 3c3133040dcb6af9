import type { OpenApiDocument, Operation, Parameter, Schema } from '../openapi/openapi-types.ts';
import { type Html, html, prose } from './html.ts';

/** Lists the properties of an object, nested ones too. Shows anything else by its type. */
export function schemaTable(schema: Schema): Html {
  const rows = rowsOf(schema, '');
  return rows.length > 0 ? html`<table>${rows}</table>` : html`<p>${typeOf(schema)}</p>`;
}

function rowsOf({ properties = {}, required = [] }: Schema, prefix: string): Html[] {
  return Object.entries(properties).flatMap(([name, schema]) => [
    propertyRow(`${prefix}${name}`, schema, required.includes(name)),
    ...rowsOf(schema, `${prefix}${name}.`),
    ...rowsOf(schema.items ?? {}, `${prefix}${name}[].`),
  ]);
}

export const propertyRow = (name: string, schema: Schema, isRequired: boolean): Html => html`<tr>
<td><code>${name}</code>${isRequired ? undefined : html` <span class="quiet">optional</span>`}</td>
<td>${typeOf(schema)} <span class="quiet">${limitsOf(schema)}</span>
${schema.description === undefined ? undefined : html`<br>${prose(schema.description)}`}</td></tr>`;

/** Describes the type in words, with links to named schemas. */
export function typeOf(schema: Schema): Html {
  const { $ref, items, additionalProperties, type } = schema;
  const values = schema.const === undefined ? schema.enum : [schema.const];
  const options = schema.oneOf ?? schema.anyOf ?? schema.allOf?.slice(0, 1);
  if ($ref !== undefined) return schemaLink($ref);
  if (values) return joined(values.map((value) => html`<code>${JSON.stringify(value)}</code>`));
  if (options) return joined(options.map(typeOf));
  if (items) return html`array of ${typeOf(items)}`;
  if (typeof additionalProperties === 'object') return html`map to ${typeOf(additionalProperties)}`;
  return html`${[type ?? 'any JSON'].flat().join(' or ')}`;
}

const joined = (parts: readonly Html[]): Html => ({
  html: parts.map(({ html: text }) => text).join(' or '),
});

function schemaLink($ref: string): Html {
  const name = $ref.split('/').at(-1) ?? '';
  return html`<a href="#schema-${name}">${name}</a>`;
}

function limitsOf(schema: Schema): string {
  return [
    range(schema.minimum, schema.maximum),
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' items'),
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
    schema.format ?? schema.pattern ?? '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

/** Leaves out the safe-integer bounds that zod gives every integer. */
function range(min?: number, max?: number, unit = ''): string {
  const from = min === undefined || min <= Number.MIN_SAFE_INTEGER ? undefined : min;
  const to = max === undefined || max >= Number.MAX_SAFE_INTEGER ? undefined : max;
  if (from !== undefined && to !== undefined) return `${from} to ${to}${unit}`;
  if (from === 1 && unit !== '') return 'not empty';
  if (from !== undefined) return `at least ${from}${unit}`;
  return to === undefined ? '' : `at most ${to}${unit}`;
}

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
type Resolve = (schema: Schema) => Schema;

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
