import { taoRoutes } from '../../shared/tao/api.ts'; // TAO
import { VERSION } from '../version.ts'; // TAO
import type { Wiring } from '../wiring/wiring.ts';
import { ownTask } from './caller.ts'; // TAO
import { type DocsDeps, getDocs, getOpenApi } from './docs-page/get-docs.ts';
import { enqueueTask } from './enqueue-task.ts';
import { getTask, getTaskFile, getTaskReport, getTaskStatus } from './get-task.ts';
import { type RoutesOf, withoutQuery } from './http.ts';
import { listTasks } from './list-tasks.ts';
import { cancelOrArchive, cancelOrArchiveMany, retryTask } from './manage-tasks.ts';
import { getExecutionTimes, getStats, listQueues } from './overview.ts';

/**
 * The HTTP API: every route with its handler, by the Lambda that serves it. A route of
 * shared/deployment/routes.ts without a handler does not compile.
 *
 * There is one function for each Lambda, so that its bundle has its own handlers only.
 */
export const enqueueRoutes = (wiring: Wiring): RoutesOf<'enqueue'> => ({
  'POST /tasks': withoutQuery(enqueueTask(wiring)),
});

/** These routes only read. */
export const queryRoutes = (wiring: Wiring): RoutesOf<'query'> => ({
  'GET /tasks': listTasks(wiring),
  'GET /tasks/{id}': getTask(wiring),
  'GET /tasks/{id}/status': getTaskStatus(wiring),
  'GET /tasks/{id}/report': getTaskReport(wiring),
  'GET /tasks/{id}/file': withoutQuery(getTaskFile(wiring)),
  'GET /queues': withoutQuery(listQueues(wiring)),
  'GET /stats': withoutQuery(getStats(wiring)),
  'GET /stats/execution-times': getExecutionTimes(wiring),
  ...taoRoutes({ ...wiring, ownTask, version: VERSION }), // TAO
});

export const manageRoutes = (wiring: Wiring): RoutesOf<'manage'> => ({
  'POST /tasks/cancel': withoutQuery(cancelOrArchiveMany(wiring, 'cancel')),
  'POST /tasks/archive': withoutQuery(cancelOrArchiveMany(wiring, 'archive')),
  'POST /tasks/{id}/cancel': withoutQuery(cancelOrArchive(wiring, 'cancel')),
  'POST /tasks/{id}/archive': withoutQuery(cancelOrArchive(wiring, 'archive')),
  'POST /tasks/{id}/retry': withoutQuery(retryTask(wiring)),
});

/** These routes describe the API itself. They read nothing. */
export const docsRoutes = (wiring: DocsDeps): RoutesOf<'docs'> => ({
  'GET /openapi.json': withoutQuery(getOpenApi(wiring)),
  'GET /docs': withoutQuery(getDocs(wiring)),
});
