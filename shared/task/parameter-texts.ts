import * as z from 'zod';
import type { JsonValue } from '../json.ts';
import { JsonInvalidError, parseJson } from '../parse-json.ts';
import type { TaskDefinition } from './task-definition.ts';

type JsonSchema = z.core.JSONSchema._JSONSchema;

/** A parameter as somebody types it: its name and a text. */
export type ParameterText = readonly [name: string, text: string];

/**
 * Parameters from texts, each read as the task's schema wants it: `7` is a text where it takes texts
 * and a number where it takes numbers. What repeats, or is to be an array, becomes one; objects and
 * arrays may also be JSON. What fits nothing stays text, for the schema to refuse.
 */
export function parametersOfTexts(
  { parameters }: Pick<TaskDefinition, 'parameters'>,
  texts: readonly ParameterText[],
): Record<string, JsonValue> {
  const schema = z.toJSONSchema(parameters, { io: 'input', unrepresentable: 'any' });
  const byName = Map.groupBy(texts, ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, pairs]) => {
      const values = pairs.map(([, text]) => text);
      return [name, parameterOf(values, propertySchemas(schema, name))];
    }),
  );
}

function parameterOf(texts: readonly string[], schemas: readonly JsonSchema[]): JsonValue {
  const [only = ''] = texts;
  if (texts.length === 1) {
    const value = scalarOf(only, schemas);
    if (Array.isArray(value) || !typesOf(schemas).has('array')) return value;
  }
  const items = schemas.flatMap(alternatives).map(itemsOf);
  return texts.map((text) => scalarOf(text, items));
}

/** JSON if the schema takes a value of its type, else the text itself. */
function scalarOf(text: string, schemas: readonly JsonSchema[]): JsonValue {
  const types = typesOf(schemas);
  const takesAll = types.size === 0;
  const value = tryParse(text, takesAll || types.has('string'));
  if (value === undefined) return text;
  return takesAll || types.has(typeOf(value)) ? value : text;
}

function typesOf(schemas: readonly JsonSchema[]): ReadonlySet<string> {
  const types = schemas.flatMap(alternatives).flatMap((schema) => typesIn(schema));
  return new Set(types.flatMap((type) => (type === 'integer' ? ['number'] : type)));
}

function typesIn(schema: JsonSchema): string[] {
  if (typeof schema === 'boolean') return [];
  const { type, enum: values, const: constant } = schema;
  if (type !== undefined) return [type].flat();
  return (values ?? (constant === undefined ? [] : [constant])).map(typeOf);
}

/** Where the schema has several forms, a property may be in any of them. */
const propertySchemas = (schema: JsonSchema, name: string): JsonSchema[] =>
  alternatives(schema).flatMap((form): JsonSchema[] => {
    if (typeof form === 'boolean') return [];
    const { properties = {}, additionalProperties = true } = form;
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    return [property ?? additionalProperties];
  });

function alternatives(schema: JsonSchema): JsonSchema[] {
  if (typeof schema === 'boolean') return [schema];
  const { anyOf = [], oneOf = [], allOf = [] } = schema;
  const forms = [...anyOf, ...oneOf, ...allOf] as JsonSchema[];
  return forms.length === 0 ? [schema] : forms.flatMap(alternatives);
}

const itemsOf = (schema: JsonSchema): JsonSchema =>
  typeof schema === 'object' && typeof schema.items === 'object' && !Array.isArray(schema.items)
    ? schema.items
    : true;

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** @throws {JsonInvalidError} when it is JSON that would be changed, unless it `mayStayText` */
function tryParse(text: string, mayStayText: boolean): JsonValue | undefined {
  try {
    return parseJson(text) as JsonValue;
  } catch (error) {
    const isJson = error instanceof JsonInvalidError && error.problems.length > 0;
    if (isJson && !mayStayText) throw error;
    return undefined;
  }
}
