import type { RouteDocs } from './route-doc.ts';
import { enqueueTaskDoc } from './routes/enqueue-task.ts';
import { getDocsDoc, getOpenApiDoc } from './routes/get-docs.ts';
import { getStatsDoc } from './routes/get-stats.ts';
import { getTaskDoc, getTaskStatusDoc } from './routes/get-task.ts';
import { listQueuesDoc } from './routes/list-queues.ts';
import { listTasksDoc } from './routes/list-tasks.ts';

export const routeDocs: RouteDocs = {
  'POST /tasks': enqueueTaskDoc,
  'GET /tasks': listTasksDoc,
  'GET /tasks/{id}': getTaskDoc,
  'GET /tasks/{id}/status': getTaskStatusDoc,
  'GET /queues': listQueuesDoc,
  'GET /stats': getStatsDoc,
  'GET /openapi.json': getOpenApiDoc,
  'GET /docs': getDocsDoc,
};
