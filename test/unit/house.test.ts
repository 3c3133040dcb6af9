import { expect, test } from 'vitest';
import { measureHouse } from '../house/measure.ts';

test.each(measureHouse())('$name: at most $limit', ({ limit, found }) => {
  const excess = found.length <= limit ? [] : found;

  expect(excess).toEqual([]);
});
