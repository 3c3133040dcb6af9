import type { RouteDoc } from '../route-doc.ts';
import { fileSchema } from '../schemas/file-schema.ts';
import { taskId } from '../schemas/shape.ts';

export const getTaskFileDoc: RouteDoc<'id'> = {
  operationId: 'getTaskFile',
  tag: 'Tasks',
  summary: 'Download the file that a task made',
  description:
    'Leads to an address that works for five minutes. `hasFile` of the task says whether there is one.',
  path: { id: taskId },
  responses: {
    303: {
      description: 'Follow `location`, or take the same address from the body.',
      schema: fileSchema,
      headers: { location: 'Where the file is, signed: send no credentials of yours along.' },
    },
  },
  problems: ['TASK_NOT_FOUND', 'FILE_NOT_FOUND', 'LOG_UNAVAILABLE', 'FILES_UNAVAILABLE'],
};
