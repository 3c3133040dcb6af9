import fc from 'fast-check';
import type { Schema } from '../../../functions/api/openapi/openapi-types.ts';
import { document } from '../document-validator.ts';
import { nastyText, nastyValue } from './nasty.ts';

/** Values that a schema of the document accepts. The longest arrays and texts are left out. */
export function validValue(schema: Schema): fc.Arbitrary<unknown> {
  const { $ref, const: constant, enum: values, anyOf, oneOf = anyOf, type } = schema;
  if ($ref !== undefined) return validValue(component($ref));
  if (constant !== undefined) return fc.constant(constant);
  if (values) return fc.constantFrom(...values);
  if (oneOf) return fc.oneof(...oneOf.map(validValue));
  return BY_TYPE[String(type)]?.(schema) ?? nastyValue();
}

function component($ref: string): Schema {
  const schema = document.components.schemas[$ref.split('/').at(-1) ?? ''];
  if (!schema) throw new Error(`${$ref} is not in the document.`);
  return schema;
}

const MAX_LENGTH = 12;

const BY_TYPE: Readonly<Record<string, (schema: Schema) => fc.Arbitrary<unknown>>> = {
  object: ({ properties = {}, required = [] }) =>
    fc.record(
      Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, validValue(property)]),
      ),
      { requiredKeys: [...required] },
    ),
  array: ({ items = {}, minItems = 0, maxItems = MAX_LENGTH }) =>
    fc.array(validValue(items), {
      minLength: minItems,
      maxLength: Math.min(maxItems, minItems + MAX_LENGTH),
    }),
  string: ({ pattern, minLength = 0, maxLength = 300 }) =>
    pattern === undefined
      ? fc.oneof(
          fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 300) }),
          nastyText().filter((text) => text.length >= minLength && [...text].length <= maxLength),
        )
      : fc.stringMatching(new RegExp(pattern)),
  integer: (schema) => fc.integer(rangeOf(schema)),
  number: (schema) => fc.double({ ...rangeOf(schema), noNaN: true, noDefaultInfinity: true }),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
};

const rangeOf = ({ minimum, maximum }: Schema) => ({
  min: Math.max(minimum ?? -(2 ** 31), -(2 ** 31)),
  max: Math.min(maximum ?? 2 ** 31 - 1, 2 ** 31 - 1),
});

type Change = { readonly kind: 'set' | 'drop' | 'add'; readonly value: unknown };

/** A value that was valid until something in it was changed. Sometimes it still is. */
export const changedValue = (schema: Schema): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      validValue(schema),
      fc.array(fc.nat(20), { maxLength: 4 }),
      fc.record({ kind: fc.constantFrom('set', 'drop', 'add'), value: nastyValue() }),
    )
    .map(([value, way, change]) => changed(value, way, change));

/** Goes down the way, a number for each level, and changes what is at its end. */
function changed(value: unknown, [step, ...rest]: readonly number[], change: Change): unknown {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const [key, child] = entries[(step ?? 0) % Math.max(entries.length, 1)] ?? [];
  if (step === undefined || key === undefined) return change.value;
  if (rest.length > 0) return replaced(value, key, changed(child, rest, change));
  if (change.kind === 'add') return { ...(value as object), unexpected: change.value };
  return replaced(value, key, change.kind === 'drop' ? undefined : change.value);
}

const replaced = (container: unknown, key: string, child: unknown): unknown =>
  Array.isArray(container)
    ? container.map((item, index) => (String(index) === key ? child : item))
    : { ...(container as object), [key]: child };
