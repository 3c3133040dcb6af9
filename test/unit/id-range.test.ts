import fc from 'fast-check';
import { decodeTime, ulid } from 'ulid';
import { describe, expect, test } from 'vitest';
import {
  idRange,
  idRangeAfter,
  isEmptyRange,
  isWithin,
  type ListOrder,
} from '../../shared/task-log/id-range.ts';

const LATEST = Date.parse('9999-12-31T23:59:59.999Z');
const anyTime = fc.integer({ min: 0, max: LATEST });
/** Close to each other, so that ranges have ids at their very ends. */
const anyCloseTime = fc.integer({ min: 1_000, max: 1_005 });
const anyId = fc.oneof(anyTime, anyCloseTime).map((time) => ulid(time));

describe('a range of creation', () => {
  test('has the ids of its first millisecond, and not those of its last', () => {
    fc.assert(
      fc.property(anyCloseTime, anyCloseTime, anyId, (createdAfter, createdBefore, id) => {
        const createdAt = decodeTime(id);

        expect(isWithin(idRange({ createdAfter, createdBefore }), id)).toBe(
          createdAt >= createdAfter && createdAt < createdBefore,
        );
      }),
    );
  });

  test('without ends has every id', () => {
    fc.assert(fc.property(anyId, (id) => isWithin(idRange({}), id)));
  });

  test.each([
    [{ createdBefore: 0 }, true],
    [{ createdBefore: -5 }, true],
    [{ createdAfter: 7, createdBefore: 7 }, true],
    [{ createdAfter: 7, createdBefore: 8 }, false],
    [{ createdAfter: -7 }, false],
    [{ createdAfter: LATEST }, false],
  ])('%o is empty: %s', (created, isEmpty) => {
    expect(isEmptyRange(idRange(created))).toBe(isEmpty);
  });
});

describe('what is left of a range after an id', () => {
  test('is all of it that comes later in the order of the list, and nothing else', () => {
    const anyOrder = fc.constantFrom<ListOrder>('newest', 'oldest');
    const anyCreated = fc.record({ createdAfter: anyCloseTime, createdBefore: anyCloseTime });
    fc.assert(
      fc.property(anyOrder, anyCreated, anyId, anyId, (order, created, done, id) => {
        const range = idRange(created);
        const isLater = order === 'newest' ? id < done : id > done;

        expect(isWithin(idRangeAfter(range, done, order), id)).toBe(isWithin(range, id) && isLater);
      }),
    );
  });

  test('begins right after it, even when ids differ in the last character only', () => {
    const ids = ['0', '1', '9', 'A', 'H', 'J', 'Z'].map(
      (last) => `01KAX3JZ9N4T8Q6V5W2Y7R1M0${last}`,
    );
    for (const [index, done] of ids.entries()) {
      const newer = ids.filter((id) => isWithin(idRangeAfter(idRange({}), done, 'oldest'), id));
      const older = ids.filter((id) => isWithin(idRangeAfter(idRange({}), done, 'newest'), id));

      expect([older, newer]).toEqual([ids.slice(0, index), ids.slice(index + 1)]);
    }
  });
});
