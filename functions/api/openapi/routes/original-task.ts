import * as z from 'zod';
import type { RouteDoc } from '../route-doc.ts';
import {
  originalFailureSchema,
  originalStatusSchema,
  originalTaskSchema,
} from '../schemas/original-schemas.ts';

const common = {
  tag: 'TAO',
  query: z.object({ id: z.string().describe('Of the task.') }),
  problems: ['TASK_NOT_FOUND', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'],
  problemSchema: originalFailureSchema,
} as const satisfies Partial<RouteDoc>;

export const getOriginalTaskDoc: RouteDoc = {
  ...common,
  operationId: 'getOriginalTask',
  summary: 'Get a task as TAO shows it',
  responses: { 200: { description: 'The task.', schema: originalTaskSchema } },
};

export const getOriginalStatusDoc: RouteDoc = {
  ...common,
  operationId: 'getOriginalStatus',
  summary: 'Get the status of a task as TAO says it',
  responses: { 200: { description: 'One word.', schema: originalStatusSchema } },
};
