import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Distribution } from '../../shared/distribution.ts';

const distributionOf = (values: readonly number[]): Distribution => {
  const distribution = new Distribution();
  for (const value of values) distribution.add(value);
  return distribution;
};

/** Nearest rank. @param share 0 to 1 */
const percentile = (ascending: readonly number[], share: number): number => {
  const rank = Math.min(Math.max(Math.ceil(share * ascending.length), 1), ascending.length);
  return ascending[rank - 1] ?? Number.NaN;
};

/** Latencies: from a tenth of a millisecond to a week, with any kind of tail. */
const anySeconds = fc
  .double({ min: Math.log(1e-4), max: Math.log(600_000), noNaN: true })
  .map(Math.exp);
const anyMix = fc
  .array(fc.record({ around: anySeconds, count: fc.integer({ min: 1, max: 1500 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((groups) =>
    groups.flatMap(({ around, count }) =>
      Array.from({ length: count }, (_, index) => around * (1 + index / count)),
    ),
  );

test('percentiles of the sample are those of all values, give or take one rank in 100 and 2 %', () => {
  fc.assert(
    fc.property(anyMix, (values) => {
      const all = values.toSorted((a, b) => a - b);

      const sample = distributionOf(values).sample(99);

      for (const share of [0.5, 0.9, 0.95, 0.99]) {
        const answer = percentile(sample, share);
        expect(answer).toBeGreaterThanOrEqual(percentile(all, share - 0.011) * 0.98);
        expect(answer).toBeLessThanOrEqual(percentile(all, share + 0.011) * 1.02);
      }
    }),
  );
});

test('a quantile is within 2 % of the exact one, its ends and the mean are exact', () => {
  fc.assert(
    fc.property(anyMix, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
      const all = values.toSorted((a, b) => a - b);
      const exact = percentile(all, share);
      const distribution = distributionOf(values);

      expect(distribution.quantile(share)).toBeGreaterThanOrEqual(exact * 0.98);
      expect(distribution.quantile(share)).toBeLessThanOrEqual(exact * 1.02);
      expect([distribution.min, distribution.max]).toEqual([all[0], all.at(-1)]);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(distribution.mean).toBeCloseTo(mean, 6);
    }),
  );
});

test('up to 99 values that differ are all in the sample, exactly as they were', () => {
  const values = Array.from({ length: 99 }, (_, index) => 0.001 * 1.1 ** index);

  expect(distributionOf(values.toReversed()).sample(99)).toEqual(values);
});

test('a few equal values stay as many as they were', () => {
  expect(distributionOf([0.25, 0.25, 0.25]).sample(99)).toEqual([0.25, 0.25, 0.25]);
});

test('a sample has 99 values at most, however many there were, and the maximum is exact', () => {
  const distribution = distributionOf(Array.from({ length: 420_000 }, (_, index) => index / 1000));

  expect(distribution.count).toBe(420_000);
  expect(distribution.sample(99)).toHaveLength(99);
  expect(distribution.max).toBe(419.999);
});

test('needs no more memory for a million values than for a thousand', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, noNaN: true }), { minLength: 1 }), (values) => {
      // One bucket answers with one mean, so a huge sample has no more different values than buckets.
      const answers = distributionOf(values).sample(1_000_000);

      expect(new Set(answers).size).toBeLessThanOrEqual(1199);
    }),
  );
  const everywhere = Array.from({ length: 200_000 }, (_, index) => 1e-5 * 1.00015 ** index);
  expect(new Set(distributionOf(everywhere).sample(200_000)).size).toBe(1199);
});

test('nothing in, nothing out', () => {
  const empty = new Distribution();

  expect([empty.sample(99), empty.count, empty.max]).toEqual([[], 0, 0]);
  expect([empty.min, empty.mean, empty.quantile(0.5)]).toEqual([0, 0, 0]);
});
