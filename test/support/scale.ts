/**
 * How many times larger than in `npm test` the tests are that kill processes while these work on
 * thousands of tasks. `npm run test:scale` sets it, for CI.
 */
const SCALE = Number(process.env['TEST_SCALE'] ?? 1);

/**
 * A count of tasks, changes or kills in such a test.
 * @param ofLarge the count that is multiplied where the tests are larger
 */
export const scaled = (count: number, ofLarge = count): number =>
  SCALE === 1 ? count : ofLarge * SCALE;
