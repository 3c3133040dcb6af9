import * as z from 'zod';
import { type Shape, taskId } from '../../shared/api/schemas.ts';
import type { EnqueuedManyView, EnqueuedView } from '../../shared/api/views.ts';
import type { TaskDefinition } from '../../shared/task/task-definition.ts';
import { KEY_PATTERN, MAX_TASKS, requestSchema } from './enqueue-task.ts';
import { problemSchema } from './openapi/responses.ts';
import { type RouteDoc, TASKS } from './openapi/route-doc.ts';

export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(KEY_PATTERN)
    .optional()
    .describe('A repeated request with the same key gets the first response.'),
});

export const replayed = {
  'idempotency-replayed': '`true` when this response repeats that of an earlier request.',
};

const enqueuedSchema = z
  .strictObject({ id: taskId, queue: z.string() } satisfies Shape<EnqueuedView>)
  .meta({ id: 'EnqueuedTask', description: 'The task is stored durably and will run.' });

const enqueuedManySchema = z
  .strictObject({
    items: z.array(z.union([enqueuedSchema, problemSchema])),
  } satisfies Shape<EnqueuedManyView>)
  .meta({ id: 'EnqueuedTasks', description: 'One item for each task of the array, in order.' });

/** Documents POST /tasks, with a body schema for each of these tasks. */
export const enqueueTaskDoc = (contracts: readonly TaskDefinition[]): RouteDoc => ({
  operationId: 'enqueueTasks',
  tag: TASKS,
  summary: 'Enqueue one task, or up to 100',
  description:
    'The schema of the task name validates the parameters. Any content type is accepted: a body is JSON. ' +
    'Labels and owners must be well-formed Unicode without U+0000. Parameters have at most 100 levels and 5 MiB.',
  headers: idempotencyHeaders,
  body: bodySchema(newTaskSchema(contracts)),
  responses: {
    202: {
      description: 'The task is stored durably and will run. For an array: all tasks are.',
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
});

const bodySchema = (newTask: z.ZodType): z.ZodType =>
  z.union([
    newTask,
    z.array(newTask).min(1).max(MAX_TASKS).describe('Each task is accepted or refused on its own.'),
  ]);

/** One schema for each task name. Without contracts: one schema for every task. */
function newTaskSchema(contracts: readonly TaskDefinition[]): z.ZodType {
  const [first, ...others] = contracts.map(({ name, description, parameters }) =>
    requestSchema
      .extend({ name: z.literal(name), parameters })
      .meta({ id: schemaName(name), description }),
  );
  if (!first) return requestSchema.meta({ id: 'NewTask', description: 'A task of any name.' });
  const mapping = Object.fromEntries(
    contracts.map(({ name }) => [name, `#/components/schemas/${schemaName(name)}`]),
  );
  return z.discriminatedUnion('name', [first, ...others]).meta({
    id: 'NewTask',
    description: 'A task of any name.',
    discriminator: { propertyName: 'name', mapping },
  });
}

/** `export-results` → `ExportResultsTask` */
const schemaName = (taskName: string): string =>
  `${taskName
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Task`;
