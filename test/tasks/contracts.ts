import type { TaskDefinition } from '../../shared/task/task-definition.ts';
import { computeStatistics } from './compute-statistics.ts';
import { deliverWebhook } from './deliver-webhook.ts';
import { exportResults } from './export-results.ts';
import { importResults } from './import-results.ts';

/**
 * The tasks of the tests: `#tasks/contracts` with the condition `test-tasks`, which the tests set for
 * themselves and for the processes they start. Tests stay green when functions/tasks changes.
 */
export const contracts = [
  computeStatistics,
  deliverWebhook,
  exportResults,
  importResults,
] as const satisfies readonly TaskDefinition[];
