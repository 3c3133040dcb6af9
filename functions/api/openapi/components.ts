import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { Schema } from './openapi-types.ts';

/** Collects the named schemas of a document: those with an `id` in their metadata. */
export type Components = {
  readonly schemas: Readonly<Record<string, Schema>>;
  /**
   * The JSON Schema of a schema. What has a name becomes a component and is referred to.
   * @param io `input` for what is sent to us, `output` for what we answer
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
      // As a property, because a schema that is the root is not made a component.
      const converted = z.toJSONSchema(z.object({ root: schema }), {
        target: 'draft-2020-12',
        io,
        unrepresentable: 'any', // z.custom: any JSON
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
