import type { TaskHandler } from '../../shared/task/task-definition.ts';
import { computeStatisticsHandler } from './compute-statistics.ts';
import { deliverWebhookHandler } from './deliver-webhook.ts';
import { exportResultsHandler } from './export-results.ts';
import { importResultsHandler } from './import-results.ts';

/** The code of every task in contracts.ts. */
export const handlers: readonly TaskHandler[] = [
  computeStatisticsHandler,
  deliverWebhookHandler,
  exportResultsHandler,
  importResultsHandler,
];
