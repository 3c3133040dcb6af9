import type { OpenApiDocument, Schema } from '../openapi/openapi-types.ts';

/** Finds what a schema refers to. */
export type Resolve = (schema: Schema) => Schema;

export const resolverOf =
  ({ components }: Pick<OpenApiDocument, 'components'>): Resolve =>
  (schema) => {
    const name = schema.$ref?.split('/').at(-1);
    return name === undefined ? schema : { ...components.schemas[name] };
  };

/** A small value that a schema of a request accepts: its example, or the least that will do. */
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
