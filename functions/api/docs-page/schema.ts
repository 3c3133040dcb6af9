import type { Schema } from '../openapi/openapi-types.ts';
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
