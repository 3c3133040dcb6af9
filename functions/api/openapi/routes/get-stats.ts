import type { RouteDoc } from '../route-doc.ts';
import { statsSchema } from '../schemas/stats-schema.ts';

export const getStatsDoc: RouteDoc = {
  operationId: 'getStats',
  tag: 'Overview',
  summary: 'Count tasks by status',
  description: 'Those of the caller; for an admin everybody’s.',
  responses: { 200: { description: 'How many tasks are in each status.', schema: statsSchema } },
  problems: ['LOG_UNAVAILABLE'],
};
