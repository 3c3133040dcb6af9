import fc from 'fast-check';

/** Text that has broken other programs. */
export const NASTY_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'lone \udfff surrogate',
  '👩‍👩‍👧‍👦 🏴‍☠️',
  'é'.normalize('NFD'),
  '\u202eright to left',
  '\uffff\ufffe\ufeff',
  '\r\nx-injected: yes',
  '../../etc/passwd',
  '<script>alert(1)</script>',
  '\'"; drop table tasks; --',
  '{{7*7}}%s%n',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'NaN',
  '-1',
  '1e309',
  '0x10',
  '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  '01arz3ndektsv4rrffq69g5fav',
  '81ARZ3NDEKTSV4RRFFQ69G5FAV',
  'x'.repeat(255),
  'x'.repeat(256),
  'x'.repeat(1025),
  '😀'.repeat(200),
  'x'.repeat(300_000),
] as const;

const nested = (levels: number, inner: unknown = 1): unknown =>
  Array.from({ length: levels }).reduce<unknown>((value, _, index) => {
    return index % 2 === 0 ? [value] : { a: value };
  }, inner);

const NASTY_VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  -1,
  1.5,
  1e-7,
  2 ** 53,
  -(2 ** 63),
  1e100,
  1e308,
  Number.MIN_VALUE,
  [],
  {},
  [[]],
  [null],
  JSON.parse('{"__proto__":{"isAdmin":true}}'),
  { constructor: { prototype: 1 } },
  { toString: 1, valueOf: 2, length: 3 },
  { '': 1, '\0': 2, '\ud800': 3 },
  nested(99),
  nested(101),
  nested(3000),
  Array.from({ length: 101 }, () => 1),
  Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`k${index}`, index])),
];

export const nastyText = (): fc.Arbitrary<string> => fc.constantFrom(...NASTY_TEXTS);

/** Anything that JSON can carry, in shapes that nobody expects. */
export const nastyValue = (): fc.Arbitrary<unknown> =>
  fc.oneof(fc.constantFrom(...NASTY_VALUES), nastyText(), fc.jsonValue({ maxDepth: 3 }));

/** Percent-encoded pieces of an address that are no clean text. A mere `..` is another address. */
const NASTY_ESCAPES =
  '% %ZZ %00 %FF %C0%AF %ED%A0%80 %2F a%2Fb ..%2f..%2fx %2e%2e%2f + %0d%0ax:y %25 %3F %23 * ~ ;a=b : @ %27 %E2%80%AE %F0%9F%98%80'.split(
    ' ',
  );

export const nastyEscape = (): fc.Arbitrary<string> => fc.constantFrom(...NASTY_ESCAPES);

const NASTY_BODIES = [
  '',
  ' ',
  ...'{ [ " - {"name": [1,] {}x undefined NaN 1e999 null true 0 "" [] {} [[[[[['.split(' '),
  "{'name':1}",
  'name=x&parameters=y',
  '\ufeff{}',
  '\0',
  '{"name":"a","name":"b"}',
  '"\\ud800"',
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
];

/** Bodies that are no JSON, or only just. */
export const nastyBody = (): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.constantFrom(...NASTY_BODIES).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  );

export const contentType = (): fc.Arbitrary<string> =>
  fc.constantFrom(
    'application/json',
    'application/json; charset=utf-16',
    'application/problem+json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
    'text/xml',
    'nonsense',
  );
