import type { Wiring } from '../wiring.ts';
import { decideTask } from './decide-task.ts';
import { decideTasks } from './decide-tasks.ts';
import { type ApiHandler, httpHandler, type RoutesOf } from './http.ts';
import { retryTask } from './retry-task.ts';

/** The routes by which people decide over tasks. */
export function manageApi(wiring: Wiring): ApiHandler {
  const routes: RoutesOf<'manage'> = {
    'POST /tasks/cancel': decideTasks(wiring, 'cancel'),
    'POST /tasks/archive': decideTasks(wiring, 'archive'),
    'POST /tasks/{id}/cancel': decideTask(wiring, 'cancel'),
    'POST /tasks/{id}/archive': decideTask(wiring, 'archive'),
    'POST /tasks/{id}/retry': retryTask(wiring),
  };
  return httpHandler(routes, wiring);
}
