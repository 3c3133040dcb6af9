import { describe, expect, test } from 'vitest';
import type { TaskQueueConfig } from '../../shared/config/config.ts';
import { ROUTES } from '../../shared/deployment/routes.ts';
import { newTaskId } from '../../shared/ids.ts';
import { API_MATRIX, type MatrixRow, ROLES, type Role } from '../matrix/api-matrix.ts';
import { ADMIN, ARN, anApi, anEvent, GREETING, IAM, JWT } from '../support/an-api.ts';

type Auth = TaskQueueConfig['auth'];

const USERS: Record<Role, string> = { anonymous: '', owner: 'ann', other: 'ben', admin: ADMIN };

/** How a role proves who it is. */
const as = (role: Role, auth: Auth) => ({
  auth,
  user: USERS[role],
  scopes: auth.type === 'jwt' && role === 'admin' ? `openid ${auth.adminScope}` : 'openid profile',
});

const rows = Object.entries(API_MATRIX).map(([route, row]) => {
  const [method = '', path = ''] = route.split(' ');
  return { route, method, path, row };
});

/** An API that has one task of Ann's, in the state that the route is about. */
async function apiWithTask(auth: Auth, { given }: Pick<MatrixRow, 'given'> = {}) {
  const api = anApi({ auth });
  const owner = auth.type === 'iam' ? `${ARN}ann` : 'ann';
  const task = await api.record('ann', { ...GREETING, owner });
  await given?.(api, task);
  return { api, id: task.id };
}

/** The request of a row about one task, and its answer with nothing in it that is new each time. */
async function ask(
  { send }: Pick<ReturnType<typeof anApi>, 'send'>,
  { method, path, row }: (typeof rows)[number],
  id: string,
  role: Role,
  auth: Auth,
) {
  const { query = '', body } = row.request?.(id) ?? {};
  const url = `${path.replace('{id}', id)}${query}`;
  const { status, headers, text } = await send(
    anEvent(method, url, { ...as(role, auth), ...(body === undefined ? {} : { body }) }),
  );
  return { status, headers, text: text.replaceAll(/[0-7][0-9A-HJKMNP-TV-Z]{25}/g, '<id>') };
}

test('the matrix has a line for each route, in the order of the route table', () => {
  expect(rows.map(({ route }) => route)).toEqual(
    ROUTES.map(({ method, path }) => `${method} ${path}`),
  );
});

describe.each([
  ['iam', IAM],
  ['jwt', JWT],
] as const)('with the %s authoriser', (_type, auth) => {
  const cells = rows.flatMap((line) =>
    ROLES.map((role) => ({ ...line, line, role, expected: line.row[role] })),
  );

  test.each(cells)('$route answers $role with $expected', async ({ line, role, expected }) => {
    const { api, id } = await apiWithTask(auth, line.row);

    expect((await ask(api, line, id, role, auth)).status).toBe(expected);
  });

  test.each(rows)(
    '$route answers another owner as if the task did not exist, and leaves it alone',
    async (line) => {
      const { api, id } = await apiWithTask(auth, line.row);
      const before = await api.log.get(id);

      const withTask = await ask(api, line, id, 'other', auth);
      const without = await ask(anApi({ auth }), line, newTaskId(), 'other', auth);

      expect(withTask).toEqual(without);
      expect(await api.log.get(id)).toEqual(before);
    },
  );

  const telling = rows.flatMap((line) =>
    (['owner', 'admin'] as const).map((role) => ({
      ...line,
      line,
      role,
      tells: line.row.tells,
    })),
  );

  test.each(telling)('$route tells $role of the task: $tells', async ({ line, role, tells }) => {
    const { api, id } = await apiWithTask(auth, line.row);

    const withTask = await ask(api, line, id, role, auth);
    const without = await ask(anApi({ auth }), line, newTaskId(), role, auth);

    expect(JSON.stringify(withTask) !== JSON.stringify(without)).toBe(tells);
  });

  test.each(rows.filter(({ method }) => method === 'GET'))(
    '$route answers HEAD with the same status and headers, and no body',
    async (line) => {
      for (const role of ROLES) {
        const { api, id } = await apiWithTask(auth, line.row);
        const got = await ask(api, line, id, role, auth);

        const { status, headers, text } = await ask(
          api,
          { ...line, method: 'HEAD' },
          id,
          role,
          auth,
        );

        expect({ status, type: headers['content-type'], text }).toEqual({
          status: got.status,
          type: got.headers['content-type'],
          text: '',
        });
      }
    },
  );

  test.each(rows.filter(({ path }) => !path.startsWith('/taoTaskQueue')))(
    '$route refuses a query parameter that it does not know, and says which it does',
    async (line) => {
      const { api } = await apiWithTask(auth);
      const path = line.path.replace('{id}', newTaskId());

      const { status, body } = await api.send(
        anEvent(line.method, `${path}?colour=red`, as('admin', auth)),
      );

      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 'QUERY_INVALID' });
      expect(JSON.stringify(body.errors)).toMatch(/unknown .+colour.+; accepted: \w+/);
    },
  );

  const VERBS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  const paths = [...new Set(ROUTES.map(({ path }) => path))];
  const takesGet = (path: string): boolean => anEvent('GET', path).routeKey !== '$default';

  test.each(paths)('%s takes no other verb, for any caller and any task', async (path) => {
    const { api, id } = await apiWithTask(auth);
    const eventsOf = (role: Role) =>
      VERBS.map((verb) => anEvent(verb, path.replace('{id}', id), as(role, auth))).filter(
        ({ routeKey, requestContext: { http } }) =>
          routeKey === '$default' && !(http.method === 'HEAD' && takesGet(http.path)),
      );

    for (const role of ROLES) {
      const statuses = await Promise.all(
        eventsOf(role).map(async (event) => (await api.send(event)).status),
      );
      expect(new Set(statuses)).toEqual(new Set([role === 'anonymous' ? 401 : 405]));
    }
  });
});
