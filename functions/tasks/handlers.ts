import type { TaskHandler } from '../../shared/task/task-definition.ts';
import { computeStatisticsHandler } from './compute-statistics/handler.ts';
import { deliverWebhookHandler } from './deliver-webhook/handler.ts';
import { exportResultsHandler } from './export-results/handler.ts';
import { importResultsHandler } from './import-results/handler.ts';

/** The code of every task in contracts.ts: what a worker carries. */
export const handlers: readonly TaskHandler[] = [
  computeStatisticsHandler,
  deliverWebhookHandler,
  exportResultsHandler,
  importResultsHandler,
];
