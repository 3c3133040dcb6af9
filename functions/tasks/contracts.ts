import type { TaskDefinition } from '../../shared/task/task-definition.ts';
import { computeStatistics } from './compute-statistics/contract.ts';
import { deliverWebhook } from './deliver-webhook/contract.ts';
import { exportResults } from './export-results/contract.ts';
import { importResults } from './import-results/contract.ts';

/** Every task this deployment accepts: all the API and its clients need, without the code. */
export const contracts = [
  computeStatistics,
  deliverWebhook,
  exportResults,
  importResults,
] as const satisfies readonly TaskDefinition[];
