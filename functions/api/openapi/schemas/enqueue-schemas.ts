import * as z from 'zod';
import { contracts } from '#tasks/contracts';
import type { EnqueuedManyView, EnqueuedView } from '../../../../shared/api/views.ts';
import { MAX_TASKS, requestSchema } from '../../enqueue-task.ts';
import { problemSchema } from './problem-schema.ts';
import { type Shape, taskId } from './shape.ts';

/** `export-results` → `ExportResultsTask` */
const schemaName = (taskName: string): string =>
  `${taskName
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Task`;

/** What POST /tasks takes, for tasks of one name each: the route's schema with the contract's in it. */
const [firstTask, ...otherTasks] = contracts.map(({ name, description, parameters }) =>
  requestSchema
    .extend({ name: z.literal(name), parameters })
    .meta({ id: schemaName(name), ...(description === undefined ? {} : { description }) }),
);
if (firstTask === undefined) throw new Error('There is no task to describe.');

const newTaskSchema = z.discriminatedUnion('name', [firstTask, ...otherTasks]).meta({
  id: 'NewTask',
  description: 'A task of any name.',
  discriminator: {
    propertyName: 'name',
    mapping: Object.fromEntries(
      contracts.map(({ name }) => [name, `#/components/schemas/${schemaName(name)}`]),
    ),
  },
});

export const enqueueBodySchema = z.union([
  newTaskSchema,
  z.array(newTaskSchema).min(1).max(MAX_TASKS).describe('Each is accepted or refused by itself.'),
]);

export const enqueuedSchema = z
  .strictObject({ id: taskId, queue: z.string() } satisfies Shape<EnqueuedView>)
  .meta({ id: 'EnqueuedTask', description: 'Stored durably: it will run.' });

export const enqueuedManySchema = z
  .strictObject({
    items: z.array(z.union([enqueuedSchema, problemSchema])),
  } satisfies Shape<EnqueuedManyView>)
  .meta({ id: 'EnqueuedTasks', description: 'For each task of the array, in order.' });
