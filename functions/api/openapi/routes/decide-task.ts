import { optionsSchema } from '../../decide-task.ts';
import type { RouteDoc } from '../route-doc.ts';
import { decidedSchema, retriedSchema } from '../schemas/decision-schemas.ts';
import { taskId } from '../schemas/shape.ts';
import { idempotencyHeaders, replayed } from './enqueue-task.ts';

export const cancelTaskDoc: RouteDoc<'id'> = {
  operationId: 'cancelTask',
  tag: 'Decisions',
  summary: 'Cancel a task',
  description:
    'One that waits never begins. One in progress is refused, unless forced: then its worker is asked to stop it.',
  path: { id: taskId },
  body: optionsSchema,
  isBodyOptional: true,
  responses: {
    200: { description: 'It is cancelled.', schema: decidedSchema },
    202: { description: 'Its worker is asked to stop it.', schema: decidedSchema },
  },
  problems: ['TASK_NOT_FOUND', 'TASK_IN_PROGRESS', 'TASK_ENDED', 'LOG_UNAVAILABLE'],
};

export const archiveTaskDoc: RouteDoc<'id'> = {
  operationId: 'archiveTask',
  tag: 'Decisions',
  summary: 'Put a task aside for good',
  description: 'What waits never runs then. One in progress is refused, unless forced.',
  path: { id: taskId },
  body: optionsSchema,
  isBodyOptional: true,
  responses: { 200: { description: 'It is archived.', schema: decidedSchema } },
  problems: ['TASK_NOT_FOUND', 'TASK_IN_PROGRESS', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'],
};

export const retryTaskDoc: RouteDoc<'id'> = {
  operationId: 'retryTask',
  tag: 'Decisions',
  summary: 'Enqueue a task again, as a new one',
  description: 'With the same name, parameters, label and owner. The old record stays as it is.',
  path: { id: taskId },
  headers: idempotencyHeaders,
  body: optionsSchema,
  isBodyOptional: true,
  responses: {
    202: {
      description: 'The new task is stored durably.',
      schema: retriedSchema,
      headers: replayed,
    },
  },
  problems: [
    'TASK_NOT_FOUND',
    'TASK_IN_PROGRESS',
    'IDEMPOTENCY_KEY_INVALID',
    'IDEMPOTENCY_CONFLICT',
    'FILES_UNAVAILABLE',
    'TASK_NAME_UNKNOWN',
    'PARAMETERS_INVALID',
    'TASK_TOO_LARGE',
    'BROKER_UNAVAILABLE',
    'LOG_UNAVAILABLE',
  ],
};
