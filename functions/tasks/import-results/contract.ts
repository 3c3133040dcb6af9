import * as z from 'zod';
import { defineTask } from '../../../shared/task/task-definition.ts';

/** Checks test results given as CSV: `participant,score`, one header line, scores 0 to 100. */
export const importResults = defineTask({
  name: 'import-results',
  category: 'import',
  parameters: z.strictObject({ csv: z.string().min(1).max(200_000) }),
  timeoutSeconds: 60,
});
