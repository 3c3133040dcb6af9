import type { RouteDocs } from './route-doc.ts';
import { archiveTaskDoc, cancelTaskDoc, retryTaskDoc } from './routes/decide-task.ts';
import { archiveTasksDoc, cancelTasksDoc } from './routes/decide-tasks.ts';
import { enqueueTaskDoc } from './routes/enqueue-task.ts';
import { getDocsDoc, getOpenApiDoc } from './routes/get-docs.ts';
import { getExecutionTimesDoc, getStatsDoc } from './routes/get-stats.ts';
import { getTaskDoc, getTaskReportDoc, getTaskStatusDoc } from './routes/get-task.ts';
import { getTaskFileDoc } from './routes/get-task-file.ts';
import { listQueuesDoc } from './routes/list-queues.ts';
import { listTasksDoc } from './routes/list-tasks.ts';
import { getOriginalStatusDoc, getOriginalTaskDoc } from './routes/original-task.ts';

export const routeDocs: RouteDocs = {
  'POST /tasks': enqueueTaskDoc,
  'GET /tasks': listTasksDoc,
  'GET /tasks/{id}': getTaskDoc,
  'GET /tasks/{id}/status': getTaskStatusDoc,
  'GET /tasks/{id}/report': getTaskReportDoc,
  'GET /tasks/{id}/file': getTaskFileDoc,
  'POST /tasks/{id}/cancel': cancelTaskDoc,
  'POST /tasks/{id}/archive': archiveTaskDoc,
  'POST /tasks/{id}/retry': retryTaskDoc,
  'POST /tasks/cancel': cancelTasksDoc,
  'POST /tasks/archive': archiveTasksDoc,
  'GET /queues': listQueuesDoc,
  'GET /stats': getStatsDoc,
  'GET /stats/execution-times': getExecutionTimesDoc,
  'GET /taoTaskQueue/TaskQueueRestApi/get': getOriginalTaskDoc,
  'GET /taoTaskQueue/TaskQueueRestApi/getStatus': getOriginalStatusDoc,
  'GET /openapi.json': getOpenApiDoc,
  'GET /docs': getDocsDoc,
};
