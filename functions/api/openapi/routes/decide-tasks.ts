import { manySchema } from '../../decide-tasks.ts';
import type { RouteDoc } from '../route-doc.ts';
import { decidedManySchema } from '../schemas/decision-schemas.ts';

const common = {
  tag: 'Decisions',
  body: manySchema,
  responses: {
    200: { description: 'All were decided.', schema: decidedManySchema },
    207: {
      description: 'Some were refused: `items` says which, and why.',
      schema: decidedManySchema,
    },
  },
  problems: ['OWNER_FORBIDDEN', 'CURSOR_INVALID', 'LOG_UNAVAILABLE'],
} as const satisfies Partial<RouteDoc>;

export const cancelTasksDoc: RouteDoc = {
  ...common,
  operationId: 'cancelTasks',
  summary: 'Cancel up to 100 tasks, or all',
  description: '`all` is what has not begun; with `force` also what is in progress.',
};

export const archiveTasksDoc: RouteDoc = {
  ...common,
  operationId: 'archiveTasks',
  summary: 'Archive up to 100 tasks, or all',
  description: '`all` is what has ended; with `force` everything.',
};
