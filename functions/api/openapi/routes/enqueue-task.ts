import * as z from 'zod';
import type { RouteDoc } from '../route-doc.ts';
import {
  enqueueBodySchema,
  enqueuedManySchema,
  enqueuedSchema,
} from '../schemas/enqueue-schemas.ts';

export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/)
    .optional()
    .describe('A repetition with the same key is answered like the first request.'),
});

export const replayed = { 'idempotency-replayed': '`true` when it is the answer to a repetition.' };

export const enqueueTaskDoc: RouteDoc = {
  operationId: 'enqueueTasks',
  tag: 'Tasks',
  summary: 'Enqueue a task, or up to 100',
  description:
    'The parameters are checked by the schema of the task’s name. The content type is not looked at: a body is JSON. ' +
    'Besides what the schemas say, labels and owners must be well-formed Unicode without U+0000, and parameters have at most 100 levels ' +
    'and 5 MiB.',
  headers: idempotencyHeaders,
  body: enqueueBodySchema,
  responses: {
    202: {
      description: 'Stored durably: it will run. For an array: all of them.',
      schema: z.union([enqueuedSchema, enqueuedManySchema]),
      headers: replayed,
    },
    207: {
      description: 'Some tasks of the array were refused: `items` says which, and why.',
      schema: enqueuedManySchema,
      headers: replayed,
    },
  },
  problems: [
    'IDEMPOTENCY_KEY_INVALID',
    'IDEMPOTENCY_CONFLICT',
    'LOG_UNAVAILABLE',
    'FILES_UNAVAILABLE',
    'OWNER_FORBIDDEN',
    'TASK_NAME_UNKNOWN',
    'PARAMETERS_INVALID',
    'TASK_TOO_LARGE',
    'BROKER_UNAVAILABLE',
  ],
};
