import fc from 'fast-check';
import { expect, test } from 'vitest';
import { batchesOf } from '../../shared/batches.ts';

const messages = (...bodies: string[]) => bodies.map((body) => ({ body }));
const bodiesOf = (batches: readonly (readonly { body: string }[])[]): string[][] =>
  batches.map((batch) => batch.map(({ body }) => body));

test.each([
  ['nothing', [], []],
  ['as many as a batch takes', ['a', 'b', 'c'], [['a', 'b', 'c']]],
  ['one more than a batch takes', ['a', 'b', 'c', 'd'], [['a', 'b', 'c'], ['d']]],
  ['just as many bytes as a batch takes', ['aaaaa', 'bbbbb'], [['aaaaa', 'bbbbb']]],
  ['one byte more', ['aaaaa', 'bbbbbb'], [['aaaaa'], ['bbbbbb']]],
  ['bytes, not characters', ['ééé', 'ééé'], [['ééé'], ['ééé']]],
  [
    'a message that alone is too much',
    ['a', 'b'.repeat(11), 'c'],
    [['a'], ['b'.repeat(11)], ['c']],
  ],
])('batches of three entries and ten bytes: %s', (_case, bodies, expected) => {
  expect(bodiesOf(batchesOf(messages(...bodies), { entries: 3, bytes: 10 }))).toEqual(expected);
});

test('every message is in one batch, in order, and no batch is larger than allowed', () => {
  const anyBodies = fc.array(fc.string({ unit: 'grapheme', maxLength: 10 }), { maxLength: 50 });

  fc.assert(
    fc.property(anyBodies, fc.integer({ min: 1, max: 10 }), (bodies, maxEntries) => {
      const maxBytes = 100;

      const batches = bodiesOf(
        batchesOf(messages(...bodies), { entries: maxEntries, bytes: maxBytes }),
      );

      expect(batches.flat()).toEqual(bodies);
      for (const batch of batches) {
        const tooLargeAlone = batch.length === 1;
        expect(batch.length).toBeGreaterThan(0);
        expect(batch.length).toBeLessThanOrEqual(maxEntries);
        expect(tooLargeAlone || Buffer.byteLength(batch.join('')) <= maxBytes).toBe(true);
      }
    }),
  );
});
