import { executionTimesQuery } from '../../get-execution-times.ts';
import type { RouteDoc } from '../route-doc.ts';
import { executionTimesSchema, statsSchema } from '../schemas/stats-schema.ts';

export const getStatsDoc: RouteDoc = {
  operationId: 'getStats',
  tag: 'Overview',
  summary: 'Count tasks by status',
  description:
    'Those of the caller; for an admin everybody’s. Follows the log within a few seconds.',
  responses: { 200: { description: 'How many tasks are in each status.', schema: statsSchema } },
  problems: ['LOG_UNAVAILABLE'],
};

export const getExecutionTimesDoc: RouteDoc = {
  operationId: 'getExecutionTimes',
  tag: 'Overview',
  summary: 'Say how long tasks took, by name',
  description: 'Tasks that were created in a range of at most 31 days, and ran to an end.',
  query: executionTimesQuery,
  responses: { 200: { description: 'For each name.', schema: executionTimesSchema } },
  problems: ['LOG_UNAVAILABLE'],
};
