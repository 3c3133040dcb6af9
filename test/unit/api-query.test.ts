import { describe, expect, test } from 'vitest';
import type { ApiEvent } from '../../functions/api/http.ts';
import { LogUnavailableError } from '../../shared/errors.ts';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import { aTask } from '../support/a-task.ts';
import { ADMIN, anApi, anEvent, BrokenLog, GREETING } from '../support/an-api.ts';

describe('GET /tasks/{id}', () => {
  test('shows the caller’s task, its report, and its status in words', async () => {
    const { get, record, run } = anApi();
    const task = await record('ann');
    await run(task, 'completed');

    const { status, headers, body } = await get(`/tasks/${task.id}`);

    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'application/json' });
    expect(body).toMatchObject({
      ...task,
      queue: 'main',
      status: 'completed',
      statusCategory: 'completed',
      statusLabel: 'Completed',
      attempt: 1,
      report: Report.info('completed'),
    });
  });

  test('shows just the status on demand', async () => {
    const { get, record, run } = anApi();
    const task = await record('ann');
    await run(task);

    const { status, body } = await get(`/tasks/${task.id}/status`);

    expect(status).toBe(200);
    expect(body).toEqual({
      id: task.id,
      status: 'running',
      statusCategory: 'in_progress',
      statusLabel: 'In Progress',
    });
  });

  test('its report alone, once an attempt has ended', async () => {
    const { get, record, run } = anApi();
    const [waiting, ended] = [await record('ann'), await record('ann')];
    await run(ended, 'completed');

    expect(await get(`/tasks/${waiting.id}/report`)).toMatchObject({
      status: 404,
      body: { code: 'REPORT_NOT_FOUND' },
    });
    expect(await get(`/tasks/${ended.id}/report`)).toMatchObject({
      status: 200,
      body: { type: 'info', message: 'completed', children: [] },
    });
  });

  test.each(['', '/status', '/report'])(
    '/tasks/{id}%s answers the same for a task of another as for none',
    async (path) => {
      const { get, record } = anApi();
      const { id } = await record('ben');
      const nobodys = newTaskId();

      const ofAnother = await get(`/tasks/${id}${path}`);
      const ofNobody = await get(`/tasks/${nobodys}${path}`);

      expect(ofAnother).toMatchObject({ status: 404, body: { code: 'TASK_NOT_FOUND' } });
      expect(ofAnother.text.replaceAll(id, nobodys)).toBe(ofNobody.text);
      expect(ofAnother.headers).toEqual(ofNobody.headers);
    },
  );

  test('answers 404 for the system’s task and for what is no id', async () => {
    const { get, log } = anApi();
    const task = aTask();
    await log.recordEnqueued(task, 'main');

    expect(await get(`/tasks/${task.id}`)).toMatchObject({ status: 404 });
    expect(await get('/tasks/42')).toMatchObject({ status: 404, body: { code: 'TASK_NOT_FOUND' } });
  });

  test.each([
    ['with his very name', 'root', 200],
    ['by a * at the end', ADMIN, 200],
    ['but not with more than his name', 'root2', 404],
    ['but not with less than the pattern', 'ops', 404],
    ['but not in another case', 'Root', 404],
  ])('shows an admin, listed %s, the tasks of all', async (_case, user, expected) => {
    const { get, record } = anApi();
    const { id } = await record('ben');

    expect((await get(`/tasks/${id}`, user)).status).toBe(expected);
  });

  test.each([
    ['503 when the log is down', new LogUnavailableError('get', new Error('secret')), 503],
    ['500 on an error nobody foresaw', new TypeError('secret is not a function'), 500],
  ])('answers %s, telling its cause to the log alone', async (_case, error, expected) => {
    const { get, logger } = anApi({ log: new BrokenLog(error) });

    const { status, headers, text, body } = await get(`/tasks/${newTaskId()}`);

    expect(status).toBe(expected);
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json' });
    expect(Object.keys(body)).toEqual(['type', 'title', 'status', 'code', 'detail']);
    expect(text).not.toMatch(/secret|TypeError|\.ts|stack/);
    expect(logger.lines).toEqual([
      { level: 'error', message: 'request failed', fields: { route: 'GET /tasks/{id}', error } },
    ]);
  });
});

test('GET /queues shows the weight, the share and the depth of each', async () => {
  const { get, post, broker } = anApi();
  await post([GREETING, GREETING, { ...GREETING, delaySeconds: 60 }]);
  await broker.receive({ max: 1, waitSeconds: 0, leaseSeconds: 60 });

  const { status, body } = await get('/queues');

  expect(status).toBe(200);
  expect(body).toEqual({
    queues: [
      {
        name: 'main',
        weight: 3,
        share: 0.75,
        broker: 'sqs',
        isDefault: true,
        depth: { waiting: 1, inFlight: 1, delayed: 1 },
      },
      {
        name: 'slow',
        weight: 1,
        share: 0.25,
        broker: 'sqs',
        isDefault: false,
        depth: { waiting: 0, inFlight: 0, delayed: 0 },
      },
    ],
  });
});

describe('a request to no route', () => {
  test.each([
    ['PUT', '/tasks', 'POST, GET, HEAD'],
    ['DELETE', `/tasks/${newTaskId()}`, 'GET, HEAD'],
    ['POST', '/tasks/42/status', 'GET, HEAD'],
    ['POST', '/stats', 'GET, HEAD'],
    ['GET', '/tasks/cancel', 'POST'],
    ['HEAD', '/tasks/archive', 'POST'],
    ['DELETE', '/tasks/cancel', 'POST'],
  ])('%s %s is answered 405 with what is allowed there', async (method, url, allow) => {
    const reply = await anApi().send(anEvent(method, url));

    expect(reply).toMatchObject({
      status: 405,
      headers: { allow, 'content-type': 'application/problem+json' },
    });
    if (method === 'HEAD') return;
    expect(reply.body).toMatchObject({
      code: 'METHOD_NOT_ALLOWED',
      detail: expect.stringContaining(method),
    });
  });

  test('GET /tasks/cancel is answered 405 also where API Gateway takes `cancel` for an id', async () => {
    const event = anEvent('GET', '/tasks/cancel');
    const atGateway = {
      ...event,
      routeKey: 'GET /tasks/{id}',
      pathParameters: { id: 'cancel' },
    };

    expect(await anApi().send(atGateway)).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
    });
  });

  /** As API Gateway hands it on: the path with what is before the API's own. */
  const behind = (
    prefix: string,
    event: ApiEvent,
    stage = '$default',
    domain = 'api',
  ): ApiEvent => ({
    ...event,
    rawPath: `${prefix}${event.rawPath}`,
    requestContext: { ...event.requestContext, stage, domainPrefix: domain, apiId: 'a1b2c3' },
  });

  test.each([
    ['a stage', '/prod', 'prod', 'a1b2c3'],
    ['a stage with the name of a route', '/tasks', 'tasks', 'a1b2c3'],
    ['a base path of an own domain', '/v1', '$default', 'api'],
    ['a base path of several segments', '/work/v1/tasks', '$default', 'api'],
  ])('behind %s, HEAD and 405 are answered as without', async (_case, prefix, stage, domain) => {
    const api = anApi();
    const task = await api.record('ann');
    const ask = (method: string, path: string) =>
      api.send(behind(prefix, anEvent(method, path), stage, domain));

    expect(await ask('HEAD', `/tasks/${task.id}`)).toMatchObject({ status: 200, text: '' });
    expect(await ask('PUT', '/queues')).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD' },
    });
    expect(await ask('GET', '/tasks/cancel')).toMatchObject({ status: 405 });
  });

  test('a prefix that is none is answered 404', async () => {
    const event = behind('/x', anEvent('HEAD', '/queues'), '$default', 'a1b2c3');
    expect(await anApi().send(event)).toMatchObject({ status: 404 });
  });

  test.each([
    '/',
    '/task',
    '/tasks/',
    '/tasks//status',
    '/tasks/1/2',
    '/tasks/1/status/2',
    '/Tasks',
    '/openapiXjson',
  ])('GET %s is answered 404', async (url) => {
    const reply = await anApi().get(url);

    expect(reply).toMatchObject({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
      body: { code: 'ROUTE_NOT_FOUND', detail: `No route matches ${url}.` },
    });
    expect(reply.headers).not.toHaveProperty('allow');
  });
});

test.each([
  ['GET', '/tasks'],
  ['POST', '/tasks'],
  ['GET', '/nowhere'],
])('%s %s is answered 401 unless somebody established who calls', async (method, url) => {
  const { send, log } = anApi();
  const event = anEvent(method, url, { body: GREETING });
  const { authorizer: _, ...requestContext } = event.requestContext;

  const reply = await send({ ...event, requestContext });

  expect(reply).toMatchObject({
    status: 401,
    headers: { 'content-type': 'application/problem+json' },
    body: { code: 'UNAUTHENTICATED' },
  });
  expect(await log.countByStatus()).toEqual({});
});
