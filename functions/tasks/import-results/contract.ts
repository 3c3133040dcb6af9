import * as z from 'zod';
import { defineTask } from '../../../shared/task/task-definition.ts';

export const importResults = defineTask({
  name: 'import-results',
  description:
    'Checks test results given as CSV: `participant,score`, one header line, scores 0 to 100.',
  category: 'import',
  parameters: z.strictObject({
    csv: z
      .string()
      .min(1)
      .max(200_000)
      .meta({ examples: ['participant,score\nann,91\n'] }),
  }),
  timeoutSeconds: 60,
});
