import type { Wiring } from '../wiring/wiring.ts';
import { decideTask } from './decide-task.ts';
import { decideTasks } from './decide-tasks.ts';
import { type ApiHandler, httpHandler, type RoutesOf, withoutQuery } from './http.ts';
import { retryTask } from './retry-task.ts';

/** The routes by which people decide over tasks. */
export function manageApi(wiring: Wiring): ApiHandler {
  const routes: RoutesOf<'manage'> = {
    'POST /tasks/cancel': withoutQuery(decideTasks(wiring, 'cancel')),
    'POST /tasks/archive': withoutQuery(decideTasks(wiring, 'archive')),
    'POST /tasks/{id}/cancel': withoutQuery(decideTask(wiring, 'cancel')),
    'POST /tasks/{id}/archive': withoutQuery(decideTask(wiring, 'archive')),
    'POST /tasks/{id}/retry': withoutQuery(retryTask(wiring)),
  };
  return httpHandler(routes, wiring);
}
