import * as z from 'zod';
import { defineTask, type TaskDefinition } from '../../shared/task/task-definition.ts';

const computeStatistics = defineTask({
  name: 'compute-statistics',
  parameters: z.strictObject({ values: z.array(z.number()).min(1).max(20_000) }),
});

const exportResults = defineTask({
  name: 'export-results',
  category: 'export',
  parameters: z.strictObject({
    deliveryId: z.string().min(1),
    rows: z.int().min(1).max(1_000_000),
  }),
});

const importResults = defineTask({
  name: 'import-results',
  category: 'import',
  parameters: z.strictObject({ csv: z.string() }),
});

/** Tasks of tests, so that those of functions/tasks can change without a change of tests. */
export const contracts = [
  computeStatistics,
  exportResults,
  importResults,
] as const satisfies readonly TaskDefinition[];
