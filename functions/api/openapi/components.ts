import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Schema } from './openapi-types.ts';

/** Collects the named schemas of a document. A schema is named by the `id` in its metadata. */
export type Components = {
  readonly schemas: Readonly<Record<string, Schema>>;
  /**
   * Converts a zod schema to JSON Schema. Named schemas become components and are referred to.
   * @param io `input` for requests, `output` for responses
   * @throws {Error} when two different schemas have the same name
   */
  schemaOf(schema: z.ZodType, io: 'input' | 'output'): Schema;
};

export function createComponents(): Components {
  const schemas: Record<string, Schema> = {};
  const add = (name: string, schema: Schema): void => {
    if (schemas[name] && !isDeepStrictEqual(schemas[name], schema)) {
      throw new Error(`Two different schemas are named ${name}.`);
    }
    schemas[name] = schema;
  };
  return {
    schemas,
    schemaOf: (schema, io) => {
      // Wrapped in an object, because zod makes no component of the root.
      const converted = z.toJSONSchema(z.object({ root: schema }), {
        target: 'draft-2020-12',
        io,
        unrepresentable: 'any', // z.custom stands for any JSON
        override: ({ jsonSchema }) => {
          delete jsonSchema.id;
        },
      });
      const { $defs = {}, properties } = pointToComponents(converted);
      for (const [name, definition] of Object.entries($defs)) add(name, definition);
      return properties.root;
    },
  };
}

type Converted = { $defs?: Record<string, Schema>; properties: { root: Schema } };

const pointToComponents = (schema: unknown): Converted =>
  JSON.parse(
    JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'),
  );
