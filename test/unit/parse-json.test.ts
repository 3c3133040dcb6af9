import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonInvalidError, parseJson } from '../../shared/parse-json.ts';

const refusalOf = (json: string | Uint8Array, options = {}): JsonInvalidError => {
  try {
    parseJson(json, options);
  } catch (error) {
    if (error instanceof JsonInvalidError) return error;
    throw error;
  }
  throw new Error('it was accepted');
};

const MARK = '\uFEFF';

describe('a number that JSON.parse would change is refused, with its path', () => {
  test.each([
    ['12345678901234567890', ''],
    ['[1, 9007199254740993]', '[1]'],
    ['{"a": [{"b c": 1e400}]}', 'a[0].b c'],
    ['{"a": {"x": 1}, "b": [[], {}, -1E999]}', 'b[2]'],
    ['{"tiny": 1e-400}', 'tiny'],
    ['{"pi": 3.14159265358979323846}', 'pi'],
    [`{"long": ${'9'.repeat(400)}}`, 'long'],
    ['{"quoted \\" [": 12345678901234567890}', 'quoted " ['],
  ])('%s', (json, path) => {
    expect(refusalOf(json).problems).toEqual([
      { path, message: expect.stringContaining('send it as a string') },
    ]);
  });

  test('every one of them is named, 20 at most, in short', () => {
    const refusal = refusalOf(JSON.stringify(Array(30).fill(0)).replaceAll('0', '1e999'));
    expect(refusal.problems).toHaveLength(20);
    expect(refusal.problems[19]?.path).toBe('[19]');
    expect(refusalOf('9'.repeat(100_000)).message.length).toBeLessThan(200);
  });

  test('however deep it is', () => {
    const deep = `${'['.repeat(100_000)}1e999${']'.repeat(100_000)}`;
    expect(refusalOf(deep).message.length).toBeLessThan(500);
  });
});

test.each([
  ['0.1', '1.0', '1e2', '-0', '0.000', '1E+2', '5e-324', '1.7976931348623157e308'],
  ['9007199254740992', '123456789012345.12', `1${'0'.repeat(25)}`],
  // Programs that write every number with 17 digits mean the same number.
  ['0.10000000000000001', (1 / 3).toPrecision(17), (52.52).toPrecision(17)],
])('numbers that stay the same are accepted', (...numbers) => {
  for (const number of numbers) expect(parseJson(number)).toBe(Number(number));
});

test('digits within a text are no number', () => {
  const json = '{"id 12345678901234567890": "say \\"12345678901234567890\\", 1e999"}';
  expect(parseJson(json)).toEqual(JSON.parse(json));
});

test('whatever JSON.stringify writes is accepted and stays the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const json = JSON.stringify(value);
      expect(JSON.stringify(parseJson(json, { uniqueKeys: true }))).toBe(json);
    }),
  );
});

test('every integer is accepted exactly if a double keeps it', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 17n) + 1n, max: 10n ** 17n - 1n }), (integer) => {
      const isKept = JSON.stringify(Number(integer)) === String(integer);
      if (isKept) expect(parseJson(`[${integer}]`)).toEqual([Number(integer)]);
      else expect(() => parseJson(`[${integer}]`)).toThrow(JsonInvalidError);
    }),
  );
});

describe('bytes', () => {
  test('that are not UTF-8 are refused', () => {
    expect(refusalOf(Buffer.from([0x22, 0xff, 0x22])).message).toBe('is not UTF-8');
  });

  test('may start with a byte order mark, and so may a text', () => {
    expect(parseJson(Buffer.from(`${MARK}{"a":"ä"}`))).toEqual({ a: 'ä' });
    expect(parseJson(`${MARK}[]`)).toEqual([]);
  });
});

describe('a key that is there twice', () => {
  const json = '{"a": 1, "b": [{"c": 1, "\\u0063": 2}], "a": 3}';

  test('is refused where keys must be unique, however it is written', () => {
    expect(refusalOf(json, { uniqueKeys: true }).problems).toEqual([
      { path: 'b[0].c', message: 'is there twice' },
      { path: 'a', message: 'is there twice' },
    ]);
  });

  test('is the last one elsewhere, as in JSON.parse', () => {
    expect(parseJson(json)).toEqual(JSON.parse(json));
  });
});

test('a text that is no JSON is refused, and says where', () => {
  expect(refusalOf('{"a": }').message).toMatch(/^is not JSON: Unexpected token/);
});
