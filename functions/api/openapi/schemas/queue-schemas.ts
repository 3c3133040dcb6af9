import * as z from 'zod';
import type { QueuesView, QueueView } from '../../../../shared/api/views.ts';
import type { QueueDepth } from '../../../../shared/broker/broker.ts';
import { oneOf, type Shape } from './shape.ts';

const depthSchema = z.strictObject({
  waiting: z.int().min(0),
  inFlight: z.int().min(0),
  delayed: z.int().min(0),
} satisfies Shape<QueueDepth>);

const queueSchema = z
  .strictObject({
    name: z.string(),
    weight: z.int(),
    share: z.number().describe('Of the work while every queue has some, 0 to 1.'),
    broker: oneOf<QueueView['broker']>({ sqs: true, postgres: true, memory: true }),
    isDefault: z.boolean().describe('Gets the tasks that are associated with no queue.'),
    depth: depthSchema.describe('Tasks in it, approximately.'),
  } satisfies Shape<QueueView>)
  .meta({ id: 'Queue' });

export const queuesSchema = z
  .strictObject({ queues: z.array(queueSchema) } satisfies Shape<QueuesView>)
  .meta({ id: 'Queues' });
