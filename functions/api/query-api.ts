import type { Wiring } from '../wiring.ts';
import { getDocs, getOpenApi } from './get-docs.ts';
import { getStats } from './get-stats.ts';
import { getTask, getTaskStatus } from './get-task.ts';
import { type ApiHandler, httpHandler, type RoutesOf } from './http.ts';
import { listQueues } from './list-queues.ts';
import { listTasks } from './list-tasks.ts';

/** The routes that only read. */
export function queryApi(wiring: Wiring): ApiHandler {
  const routes: RoutesOf<'query'> = {
    'GET /tasks': listTasks(wiring.log),
    'GET /tasks/{id}': getTask(wiring.log),
    'GET /tasks/{id}/status': getTaskStatus(wiring.log),
    'GET /queues': listQueues(wiring),
    'GET /stats': getStats(wiring.log),
    'GET /openapi.json': getOpenApi,
    'GET /docs': getDocs,
  };
  return httpHandler(routes, wiring);
}
