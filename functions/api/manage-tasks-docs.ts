import * as z from 'zod';
import { oneOf, type Shape, taskId } from '../../shared/api/schemas.ts';
import type { RetriedView } from '../../shared/api/views.ts';
import type { Decided } from '../../shared/task-log/commands.ts';
import { idempotencyHeaders, replayed } from './enqueue-task-docs.ts';
import { manySchema, optionsSchema } from './manage-tasks.ts';
import { problemSchema } from './openapi/responses.ts';
import { MANAGE, type RouteDoc } from './openapi/route-doc.ts';

const outcome = oneOf<Decided['outcome']>({ archived: true, cancelled: true, requested: true });

const decidedSchema = z
  .strictObject({
    id: taskId,
    outcome: outcome.describe('`requested`: the worker stops the task at its next heartbeat.'),
  } satisfies Shape<Decided>)
  .meta({ id: 'Decided' });

const decidedManySchema = z
  .strictObject({
    items: z.array(
      z.union([
        decidedSchema,
        problemSchema
          .extend({ id: z.string().describe('The id as it was sent.') })
          .meta({ id: 'RefusedDecision', description: 'A problem, with the id it is about.' }),
      ]),
    ),
    counts: z.record(z.string(), z.int().min(1)).describe('Items by outcome, or by code.'),
    next: z.string().exactOptional().describe('The time ran out: the `cursor` to continue with.'),
  })
  .meta({ id: 'DecidedMany' });

const retriedSchema = z
  .strictObject({
    id: taskId,
    queue: z.string(),
    retryOf: taskId.describe('The old task.'),
  } satisfies Shape<RetriedView>)
  .meta({ id: 'RetriedTask' });

const one = { tag: MANAGE, path: { id: taskId }, body: optionsSchema, isBodyOptional: true };

export const cancelTaskDoc: RouteDoc<'id'> = {
  ...one,
  operationId: 'cancelTask',
  summary: 'Cancel a task',
  description:
    'A waiting task never starts. A task in progress is refused, unless forced: then its worker is asked to stop it.',
  responses: {
    200: { description: 'The task is cancelled.', schema: decidedSchema },
    202: { description: 'The worker is asked to stop the task.', schema: decidedSchema },
  },
  problems: ['TASK_NOT_FOUND', 'TASK_IN_PROGRESS', 'TASK_ENDED', 'LOG_UNAVAILABLE'],
};

export const archiveTaskDoc: RouteDoc<'id'> = {
  ...one,
  operationId: 'archiveTask',
  summary: 'Archive a task',
  description: 'A waiting task never starts. A task in progress is refused, unless forced.',
  responses: { 200: { description: 'The task is archived.', schema: decidedSchema } },
  problems: ['TASK_NOT_FOUND', 'TASK_IN_PROGRESS', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'],
};

export const retryTaskDoc: RouteDoc<'id'> = {
  ...one,
  operationId: 'retryTask',
  summary: 'Enqueue a task again, as a new task',
  description:
    'The new task has the same name, parameters, label and owner. The old record does not change.',
  headers: idempotencyHeaders,
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

const many = {
  tag: MANAGE,
  body: manySchema,
  responses: {
    200: { description: 'No task was refused.', schema: decidedManySchema },
    207: {
      description: 'Some tasks were refused: `items` says which, and why.',
      schema: decidedManySchema,
    },
  },
  problems: ['OWNER_FORBIDDEN', 'CURSOR_INVALID', 'LOG_UNAVAILABLE'],
} as const satisfies Partial<RouteDoc>;

export const cancelTasksDoc: RouteDoc = {
  ...many,
  operationId: 'cancelTasks',
  summary: 'Cancel up to 100 tasks, or all',
  description: '`all` selects tasks that have not started; with `force` also tasks in progress.',
};

export const archiveTasksDoc: RouteDoc = {
  ...many,
  operationId: 'archiveTasks',
  summary: 'Archive up to 100 tasks, or all',
  description: '`all` selects tasks that have ended; with `force` all tasks.',
};
