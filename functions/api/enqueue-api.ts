import type { Wiring } from '../wiring/wiring.ts';
import { enqueueTask } from './enqueue-task.ts';
import { type ApiHandler, httpHandler, type RoutesOf, withoutQuery } from './http.ts';

/** The routes that put tasks into queues. */
export function enqueueApi(wiring: Wiring): ApiHandler {
  const routes: RoutesOf<'enqueue'> = {
    'POST /tasks': withoutQuery(enqueueTask(wiring)),
  };
  return httpHandler(routes, wiring);
}
