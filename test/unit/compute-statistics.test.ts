import { describe, expect, test } from 'vitest';
import { computeStatisticsHandler } from '../../functions/tasks/compute-statistics/handler.ts';
import { contracts } from '../../functions/tasks/contracts.ts';
import { handlers } from '../../functions/tasks/handlers.ts';
import { ParametersInvalidError } from '../../shared/errors.ts';
import { Report } from '../../shared/report/report.ts';
import { aContext } from '../support/a-context.ts';

test('every task that is accepted has code that runs it', () => {
  expect(handlers.map(({ definition }) => definition)).toEqual(contracts);
});

describe('compute-statistics', () => {
  test.each([
    ['one value', [7], [7, 7, 0, 7, 7]],
    ['an odd number of values', [9, 1, 5], [5, 5, 3.266, 1, 9]],
    ['an even number of values', [4, 1, 3, 2], [2.5, 2.5, 1.118, 1, 4]],
    ['equal values', [3, 3, 3, 3], [3, 3, 0, 3, 3]],
    ['negative values', [-10, 2], [-4, -4, 6, -10, 2]],
    ['values from a textbook', [2, 4, 4, 4, 5, 5, 7, 9], [5, 4.5, 2, 2, 9]],
    ['values that sort differently as text', [100, 20, 3], [41, 20, 42.293, 3, 100]],
  ])('knows the statistics of %s', async (_case, values, expected) => {
    const [mean, median, standardDeviation = Number.NaN, minimum, maximum] = expected;

    const report = await computeStatisticsHandler.run({ values }, aContext());

    expect(report).toEqual(
      Report.success(`Statistics of ${values.length} values`, {
        count: values.length,
        mean,
        median,
        standardDeviation: expect.closeTo(standardDeviation, 3),
        minimum,
        maximum,
      }),
    );
  });

  test.each([
    ['no values', []],
    ['too many values', Array(20_001).fill(1)],
    ['a value that is no number', [1, '2']],
  ])('refuses %s', async (_case, values) => {
    const run = computeStatisticsHandler.run({ values }, aContext());

    await expect(run).rejects.toBeInstanceOf(ParametersInvalidError);
  });
});
