import type { Wiring } from '../wiring/wiring.ts';
import { getExecutionTimes } from './get-execution-times.ts';
import { getStats } from './get-stats.ts';
import { getTask, getTaskReport, getTaskStatus } from './get-task.ts';
import { getTaskFile } from './get-task-file.ts';
import { type ApiHandler, httpHandler, type RoutesOf, withoutQuery } from './http.ts';
import { listQueues } from './list-queues.ts';
import { listTasks } from './list-tasks.ts';
import { getOriginalStatus, getOriginalTask } from './original-task.ts';

/** The routes that only read. */
export function queryApi(wiring: Wiring): ApiHandler {
  const routes: RoutesOf<'query'> = {
    'GET /tasks': listTasks(wiring),
    'GET /tasks/{id}': getTask(wiring),
    'GET /tasks/{id}/status': getTaskStatus(wiring.log),
    'GET /tasks/{id}/report': getTaskReport(wiring.log),
    'GET /tasks/{id}/file': withoutQuery(getTaskFile(wiring)),
    'GET /queues': withoutQuery(listQueues(wiring)),
    'GET /stats': withoutQuery(getStats(wiring.stats)),
    'GET /stats/execution-times': getExecutionTimes(wiring.log),
    'GET /taoTaskQueue/TaskQueueRestApi/get': getOriginalTask(wiring),
    'GET /taoTaskQueue/TaskQueueRestApi/getStatus': getOriginalStatus(wiring),
  };
  return httpHandler(routes, wiring);
}
