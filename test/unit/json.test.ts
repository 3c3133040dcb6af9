import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, type JsonValue } from '../../shared/json.ts';

/** Returns the value with the keys of every object in reverse order. */
function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item as JsonValue)]));
}

const json = fc.jsonValue().map((value) => value as JsonValue);

test('values that differ in the order of keys alone have one text, which is their JSON', () => {
  fc.assert(
    fc.property(json, (value) => {
      const text = canonicalJson(value);

      expect(canonicalJson(reversed(value))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  [
    [1, 2],
    [2, 1],
  ],
  [{ a: 1 }, { a: '1' }],
  [{ a: null }, {}],
  [{}, []],
  [{ a: { b: 1 } }, { a: 1, b: {} }],
])('%j and %j are not the same', (one, other) => {
  expect(canonicalJson(one)).not.toBe(canonicalJson(other));
});
