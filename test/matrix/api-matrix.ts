import type { KeyOf } from '../../functions/api/http.ts';
import type { ROUTES } from '../../shared/deployment/routes.ts';
import type { Task } from '../../shared/task/task.ts';
import type { anApi } from '../support/an-api.ts';

type RouteKey = KeyOf<(typeof ROUTES)[number]>;

/** Who asks, seen from one task: nobody knows who; its owner; an owner of others; an admin. */
export const ROLES = ['anonymous', 'owner', 'other', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The status that each role gets on a route, asking for a task of `owner`. */
export type MatrixRow = Readonly<Record<Role, number>> & {
  /** Whether owner and admin get another answer than if the task did not exist. `other` never may. */
  readonly tells: boolean;
  /** Query and body of the request. @default no query, no body */
  readonly request?: (taskId: string) => { readonly query?: string; readonly body?: unknown };
  /** Prepares the task. @default it waits in its queue */
  readonly given?: (api: ReturnType<typeof anApi>, task: Task) => Promise<void>;
};

const NOW = Date.now();
const daysFromNow = (days: number): string => new Date(NOW + days * 86_400_000).toISOString();

/** The responses of a route that reads or changes one task. */
const OWN_TASK = { anonymous: 401, owner: 200, other: 404, admin: 200, tells: true };
const idInQuery = (id: string) => ({ query: `?id=${id}` }); // TAO

/** One entry for each route. A missing one does not compile. docs/api.md is written from it. */
export const API_MATRIX: Readonly<Record<RouteKey, MatrixRow>> = {
  'POST /tasks': {
    anonymous: 401,
    owner: 202,
    other: 202,
    admin: 202,
    tells: false,
    request: () => ({ body: { name: 'greet', parameters: { whom: 'Ann' } } }),
  },
  'GET /tasks': { anonymous: 401, owner: 200, other: 200, admin: 200, tells: true },
  'GET /tasks/{id}': OWN_TASK,
  'GET /tasks/{id}/status': OWN_TASK,
  'GET /tasks/{id}/report': {
    anonymous: 401,
    owner: 200,
    other: 404,
    admin: 200,
    tells: true,
    given: ({ run }, task) => run(task, 'completed'),
  },
  'GET /tasks/{id}/file': {
    anonymous: 401,
    owner: 303,
    other: 404,
    admin: 303,
    tells: true,
    given: ({ run }, task) =>
      run(task, 'completed', { key: 'files/1', name: 'a.csv', bytes: 1, contentType: 'text/csv' }),
  },
  'POST /tasks/cancel': {
    anonymous: 401,
    owner: 200,
    other: 207,
    admin: 200,
    tells: true,
    request: (id) => ({ body: { ids: [id] } }),
  },
  'POST /tasks/archive': {
    anonymous: 401,
    owner: 200,
    other: 207,
    admin: 200,
    tells: true,
    request: (id) => ({ body: { ids: [id] } }),
  },
  'POST /tasks/{id}/cancel': OWN_TASK,
  'POST /tasks/{id}/archive': OWN_TASK,
  'POST /tasks/{id}/retry': {
    anonymous: 401,
    owner: 202,
    other: 404,
    admin: 202,
    tells: true,
    given: ({ run }, task) => run(task, 'failed'),
  },
  'GET /queues': { anonymous: 401, owner: 200, other: 200, admin: 200, tells: false },
  'GET /stats': {
    anonymous: 401,
    owner: 200,
    other: 200,
    admin: 200,
    tells: true,
    given: ({ stats }, { id, owner }) => {
      const to = { queue: 'main', status: 'enqueued' } as const;
      return stats.apply('shard', [
        { taskId: id, owner, sequenceNumber: '1', from: undefined, to },
      ]);
    },
  },
  'GET /stats/execution-times': {
    anonymous: 401,
    owner: 200,
    other: 200,
    admin: 200,
    tells: true,
    request: () => ({ query: `?from=${daysFromNow(-1)}&to=${daysFromNow(1)}` }),
    given: ({ run }, task) => run(task, 'completed'),
  },
  'GET /openapi.json': { anonymous: 401, owner: 200, other: 200, admin: 200, tells: false },
  'GET /docs': { anonymous: 401, owner: 200, other: 200, admin: 200, tells: false },
  'GET /taoTaskQueue/TaskQueueRestApi/get': { ...OWN_TASK, request: idInQuery }, // TAO
  'GET /taoTaskQueue/TaskQueueRestApi/getStatus': { ...OWN_TASK, request: idInQuery }, // TAO
};
