import * as z from 'zod';
import { Report } from '../../shared/report/report.ts';
import { defineTask } from '../../shared/task/task-definition.ts';

export const computeStatistics = defineTask({
  name: 'compute-statistics',
  category: 'create',
  parameters: z.strictObject({
    values: z
      .array(z.number())
      .min(1)
      .max(20_000)
      .meta({ examples: [[1, 2, 3, 10]] }),
  }),
  timeoutSeconds: 60,
});

/** Returns plain statistics at once. */
export const computeStatisticsHandler = computeStatistics.handledBy(
  async ({ parameters: { values } }) => {
    const sorted = values.toSorted((a, b) => a - b);
    return Report.success(`Statistics of ${values.length} values`, {
      count: values.length,
      mean: values.reduce((sum, value) => sum + value, 0) / values.length,
      median: sorted[Math.floor(values.length / 2)] ?? null,
    });
  },
);
