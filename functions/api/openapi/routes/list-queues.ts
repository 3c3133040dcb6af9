import type { RouteDoc } from '../route-doc.ts';
import { queuesSchema } from '../schemas/queue-schemas.ts';

export const listQueuesDoc: RouteDoc = {
  operationId: 'listQueues',
  tag: 'Overview',
  summary: 'Show the queues: weight, share of the work, depth',
  responses: { 200: { description: 'All queues.', schema: queuesSchema } },
  problems: ['BROKER_UNAVAILABLE'],
};
