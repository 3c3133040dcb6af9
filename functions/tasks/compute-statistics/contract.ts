import * as z from 'zod';
import { defineTask } from '../../../shared/task/task-definition.ts';

export const computeStatistics = defineTask({
  name: 'compute-statistics',
  description: 'Mean, median, spread and extremes of some numbers.',
  category: 'create',
  parameters: z.strictObject({
    values: z
      .array(z.number().min(-1e100).max(1e100))
      .min(1)
      .max(20_000)
      .meta({ examples: [[1, 2, 3, 10]] }),
  }),
  timeoutSeconds: 60,
});
