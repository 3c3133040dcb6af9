import fc from 'fast-check';
import { expect, test } from 'vitest';
import { retryDelaySeconds } from '../../shared/worker/finish-run.ts';

const POLICY = { maxAttempts: 12, baseSeconds: 2, maxSeconds: 900 };
const ALMOST_ONE = 1 - Number.EPSILON;

test.each([
  [1, 2],
  [2, 4],
  [3, 8],
  [9, 512],
  [10, 900],
  [11, 900],
  [1000, 900],
])('after attempt %i the longest wait is %i s', (attempt, seconds) => {
  expect(retryDelaySeconds(POLICY, attempt, ALMOST_ONE)).toBe(seconds);
});

test('the wait may be none at all, so that tasks which failed together spread out', () => {
  expect(retryDelaySeconds(POLICY, 8, 0)).toBe(0);
});

test('chance decides over the whole range', () => {
  const waits = [0, 0.25, 0.5, 0.75].map((random) => retryDelaySeconds(POLICY, 8, random));

  expect(waits).toEqual([0, 64, 128, 192]);
});

test('the wait is whole seconds, never below 0 nor above what the policy allows', () => {
  const seconds = fc.integer({ min: 1, max: 43_200 });
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  fc.assert(
    fc.property(seconds, seconds, fc.integer({ min: 1, max: 5000 }), random, (...values) => {
      const [baseSeconds, maxSeconds, attempt, chance] = values;

      const wait = retryDelaySeconds(
        { maxAttempts: 5000, baseSeconds, maxSeconds },
        attempt,
        chance,
      );

      expect(Number.isInteger(wait)).toBe(true);
      expect(wait).toBeGreaterThanOrEqual(0);
      expect(wait).toBeLessThanOrEqual(maxSeconds);
      expect(wait).toBeLessThanOrEqual(baseSeconds * 2 ** (attempt - 1));
    }),
  );
});
