import { waitQuerySchema } from '../../until-ended.ts';
import type { RouteDoc } from '../route-doc.ts';
import { taskId } from '../schemas/shape.ts';
import { reportSchema, statusSchema, taskSchema } from '../schemas/task-schemas.ts';

export const getTaskDoc: RouteDoc<'id'> = {
  operationId: 'getTask',
  tag: 'Tasks',
  summary: 'Get a task with its parameters and report',
  description: 'A task of somebody else is 404, like one that does not exist.',
  path: { id: taskId },
  query: waitQuerySchema,
  responses: { 200: { description: 'The task.', schema: taskSchema } },
  problems: ['TASK_NOT_FOUND', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'],
};

export const getTaskReportDoc: RouteDoc<'id'> = {
  operationId: 'getTaskReport',
  tag: 'Tasks',
  summary: 'Get only what the run of a task has to say',
  path: { id: taskId },
  query: waitQuerySchema,
  responses: {
    200: { description: 'The report of the latest attempt that ended.', schema: reportSchema },
  },
  problems: ['TASK_NOT_FOUND', 'REPORT_NOT_FOUND', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'],
};

export const getTaskStatusDoc: RouteDoc<'id'> = {
  operationId: 'getTaskStatus',
  tag: 'Tasks',
  summary: 'Get only how a task is doing',
  path: { id: taskId },
  query: waitQuerySchema,
  responses: { 200: { description: 'Its status.', schema: statusSchema } },
  problems: ['TASK_NOT_FOUND', 'LOG_UNAVAILABLE'],
};
