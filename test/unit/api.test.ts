import type { IncomingMessage } from 'node:http';
import type { Context } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { enqueueApi } from '../../functions/api/enqueue-api.ts';
import type { ApiEvent } from '../../functions/api/http.ts';
import { queryApi } from '../../functions/api/query-api.ts';
import { toApiEvent } from '../../functions/dev/http-event.ts';
import { newUsage } from '../../functions/usage-meter.ts';
import { MemoryBroker } from '../../shared/broker/memory-broker.ts';
import { parseConfig } from '../../shared/config/config.ts';
import { DEFAULT_ROUTE_LAMBDA, ROUTES } from '../../shared/config/routes.ts';
import { Dispatcher } from '../../shared/dispatcher/dispatcher.ts';
import { BrokerUnavailableError, LogUnavailableError } from '../../shared/errors.ts';
import { newTaskId } from '../../shared/ids.ts';
import { Report } from '../../shared/report/report.ts';
import { MAX_MESSAGE_BYTES } from '../../shared/task/message.ts';
import type { Task } from '../../shared/task/task.ts';
import { defineTask, taskCatalogue } from '../../shared/task/task-definition.ts';
import { MemoryTaskLog } from '../../shared/task-log/memory-task-log.ts';
import { aTask } from '../support/a-task.ts';
import { quietLogger } from '../support/quiet-logger.ts';

const ARN = 'arn:aws:iam::000000000000:user/';
const ADMIN = 'ops/carl';
const GREETING = { name: 'greet', parameters: { whom: 'Ann' } };

const catalogue = taskCatalogue([
  defineTask({
    name: 'greet',
    parameters: z.strictObject({ whom: z.string(), times: z.int().max(9).optional() }),
  }),
  defineTask({ name: 'wave', parameters: z.strictObject({}) }),
]);

class BrokenBroker extends MemoryBroker {
  override publish(): Promise<never> {
    return Promise.reject(new BrokerUnavailableError('main', new Error('ECONNREFUSED 10.0.0.7')));
  }
}

class BrokenLog extends MemoryTaskLog {
  readonly #error: Error;

  constructor(error: Error) {
    super();
    this.#error = error;
  }

  override get(): Promise<never> {
    return Promise.reject(this.#error);
  }
}

type SetupOptions = { readonly broker?: MemoryBroker; readonly log?: MemoryTaskLog };
type RequestOptions = { readonly user?: string; readonly body?: unknown; readonly text?: string };

/** An event as API Gateway makes it. `text` is a body that need not be JSON. */
function anEvent(method: string, url: string, options: RequestOptions = {}): ApiEvent {
  const { user = 'ann', body, text = body === undefined ? '' : JSON.stringify(body) } = options;
  const request = { method, url, headers: { 'x-local-user': user } } as unknown as IncomingMessage;
  return toApiEvent(request, text);
}

/** The API over memory adapters: tasks wait in queue `main` (weight 3) or `slow` (weight 1). */
function setup({ broker = new MemoryBroker(), log = new MemoryTaskLog() }: SetupOptions = {}) {
  const config = parseConfig(
    {
      queues: [
        { name: 'main', weight: 3, broker: { type: 'sqs' } },
        { name: 'slow', weight: 1, broker: { type: 'sqs' } },
      ],
      taskQueues: { wave: 'slow' },
      auth: { admins: [`${ARN}root`, `${ARN}ops/*`] },
    },
    'of a test',
  );
  const brokers = new Map([
    ['main', broker],
    ['slow', new MemoryBroker()],
  ]);
  const logger = quietLogger();
  const dispatcher = new Dispatcher({ config, catalogue, brokers, log, logger });
  const wiring = { config, brokers, log, dispatcher, logger, usage: newUsage() };
  const lambdas = { enqueue: enqueueApi(wiring), query: queryApi(wiring) };

  const send = async (event: ApiEvent) => {
    const route = ROUTES.find(({ method, path }) => `${method} ${path}` === event.routeKey);
    const lambda = lambdas[route?.lambda ?? DEFAULT_ROUTE_LAMBDA];
    const reply = await lambda(event, { awsRequestId: 'request-1' } as Context);
    const { statusCode: status, headers = {}, body: text = '' } = reply;
    return { status, headers, text, body: JSON.parse(text) };
  };
  const post = (body: unknown, user = 'ann') => send(anEvent('POST', '/tasks', { body, user }));
  const get = (url: string, user = 'ann') => send(anEvent('GET', url, { user }));

  /** Records a task of a user, without its message. */
  const record = async (user: string, changes: Partial<Task> = {}): Promise<Task> => {
    const task = aTask({ owner: `${ARN}${user}`, ...changes });
    await log.recordEnqueued(task, 'main');
    return task;
  };

  /** Runs a recorded task to this end; without one, it is still running. */
  const run = async (task: Task, ending?: 'completed' | 'failed'): Promise<void> => {
    const request = { queue: 'main', workerId: 'worker-1', leaseSeconds: 60 };
    const result = await log.claim(task, request);
    if (result.outcome !== 'claimed') throw new Error(`the claim was answered ${result.outcome}`);
    if (ending) await log.finish(result.claim, { status: ending, report: Report.info(ending) });
  };

  return { log, logger, broker, send, post, get, record, run };
}

describe('POST /tasks with one task', () => {
  test('answers 202 with its id and its queue, and the task waits there as the caller’s', async () => {
    const { post, log, broker } = setup();

    const { status, headers, body } = await post({ ...GREETING, label: 'Good morning' });

    expect(status).toBe(202);
    expect(headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(body).toEqual({ id: expect.any(String), queue: 'main' });
    expect(await log.get(body.id)).toMatchObject({
      ...GREETING,
      label: 'Good morning',
      owner: `${ARN}ann`,
      status: 'enqueued',
    });
    expect(await broker.depth()).toMatchObject({ waiting: 1 });
  });

  test('puts the task off as long as asked', async () => {
    const { post, broker } = setup();

    await post({ ...GREETING, delaySeconds: 900 });

    expect(await broker.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 1 });
  });

  test('reads a body that API Gateway passes on as base64', async () => {
    const { send } = setup();
    const text = Buffer.from(JSON.stringify(GREETING)).toString('base64');

    const { status } = await send({
      ...anEvent('POST', '/tasks', { text }),
      isBase64Encoded: true,
    });

    expect(status).toBe(202);
  });

  test.each([
    ['that is no JSON', '{"name":', 400, 'BODY_MALFORMED'],
    ['that is empty', '', 400, 'BODY_MALFORMED'],
    [
      'that is larger than a Lambda takes',
      `"${'x'.repeat(5 * 1024 * 1024)}"`,
      413,
      'BODY_TOO_LARGE',
    ],
    ['that is text', '"greet"', 422, 'BODY_INVALID'],
    ['that is null', 'null', 422, 'BODY_INVALID'],
  ])('refuses a body %s', async (_case, text, status, code) => {
    const { send } = setup();

    const reply = await send(anEvent('POST', '/tasks', { text }));

    expect(reply).toMatchObject({
      status,
      headers: { 'content-type': 'application/problem+json' },
      body: { type: 'about:blank', status, code },
    });
  });

  const tooLong = { ...GREETING, parameters: { whom: 'x'.repeat(MAX_MESSAGE_BYTES) } };

  test.each([
    ['a name nobody knows', { ...GREETING, name: 'nope' }, 422, 'TASK_NAME_UNKNOWN', ['name']],
    ['no name', { parameters: {} }, 422, 'BODY_INVALID', ['name']],
    ['no parameters', { name: 'greet' }, 422, 'BODY_INVALID', ['parameters']],
    [
      'several bad parameters',
      { name: 'greet', parameters: { whom: 7, times: 10 } },
      422,
      'PARAMETERS_INVALID',
      ['parameters.whom', 'parameters.times'],
    ],
    [
      'a bad label, a bad delay and bad parameters',
      { name: 'greet', label: '', delaySeconds: 901, parameters: { times: 0.5 } },
      422,
      'BODY_INVALID',
      ['label', 'delaySeconds', 'parameters.whom', 'parameters.times'],
    ],
    [
      'a bad label and a name nobody knows',
      { name: 'nope', label: 'x'.repeat(256), parameters: {} },
      422,
      'BODY_INVALID',
      ['label', 'name'],
    ],
    ['a key nobody knows', { ...GREETING, priority: 1 }, 422, 'BODY_INVALID', ['']],
    ['more than fits in a message', tooLong, 413, 'TASK_TOO_LARGE', undefined],
    ['the owner of another', { ...GREETING, owner: 'ben' }, 403, 'OWNER_FORBIDDEN', ['owner']],
    ['no owner at all', { ...GREETING, owner: null }, 403, 'OWNER_FORBIDDEN', ['owner']],
  ])(
    'refuses a task with %s, naming all that is wrong',
    async (_case, task, status, code, paths) => {
      const { post, log } = setup();

      const reply = await post(task);

      const errors = paths?.map((path) => expect.objectContaining({ path }));
      expect(reply).toMatchObject({
        status,
        headers: { 'content-type': 'application/problem+json' },
        body: { status, code, ...(errors ? { errors } : {}) },
      });
      expect(await log.countByStatus()).toEqual({});
    },
  );

  test('lists the names it knows', async () => {
    const { body } = await setup().post({ ...GREETING, name: 'nope' });

    expect(body).toMatchObject({
      title: 'Unprocessable Entity',
      detail: 'No task is named "nope".',
      errors: [{ path: 'name', message: 'must be one of greet, wave' }],
    });
  });

  test.each([
    ['himself', 'ann', `${ARN}ann`, `${ARN}ann`],
    ['somebody else, as an admin', ADMIN, 'ben', 'ben'],
    ['the system, as an admin', ADMIN, null, undefined],
  ])('a caller enqueues for %s', async (_case, user, owner, expected) => {
    const { post, log } = setup();

    const { status, body } = await post({ ...GREETING, owner }, user);

    expect(status).toBe(202);
    expect((await log.get(body.id))?.owner).toBe(expected);
  });

  test('answers 503 when the broker is down, without its address, and records nothing', async () => {
    const { post, log, logger } = setup({ broker: new BrokenBroker() });

    const { status, body, text } = await post(GREETING);

    expect([status, body.code]).toEqual([503, 'BROKER_UNAVAILABLE']);
    expect(text).not.toContain('10.0.0.7');
    expect(await log.countByStatus()).toEqual({});
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { route: 'POST /tasks' } }]);
  });
});

describe('POST /tasks with many tasks', () => {
  test('answers 202 when all are accepted, up to 100', async () => {
    const { post, log } = setup();

    const { status, headers, body } = await post(Array(100).fill(GREETING));

    expect(status).toBe(202);
    expect(headers).toMatchObject({ 'content-type': 'application/json' });
    expect(body.items).toHaveLength(100);
    expect(await log.countByStatus(`${ARN}ann`)).toEqual({ enqueued: 100 });
  });

  test('answers 207 when some are not, for each in the order of the request', async () => {
    const { post, log } = setup();

    const { status, headers, body } = await post([
      GREETING,
      { ...GREETING, owner: 'ben' },
      { name: 'wave', parameters: {} },
      { ...GREETING, label: '' },
      { name: 'nope', parameters: {} },
      { name: 'greet', parameters: {} },
      'greet',
      { ...GREETING, parameters: { whom: 'Ben' } },
    ]);

    const { tasks } = await log.list({ limit: 10 });
    expect(status).toBe(207);
    expect(headers).toMatchObject({ 'content-type': 'application/json' });
    expect(body.items).toMatchObject([
      { id: tasks[2]?.id, queue: 'main' },
      { status: 403, code: 'OWNER_FORBIDDEN' },
      { id: tasks[1]?.id, queue: 'slow' },
      { status: 422, code: 'BODY_INVALID', errors: [{ path: 'label' }] },
      { status: 422, code: 'TASK_NAME_UNKNOWN' },
      { status: 422, code: 'PARAMETERS_INVALID', errors: [{ path: 'parameters.whom' }] },
      { status: 422, code: 'BODY_INVALID' },
      { id: tasks[0]?.id, queue: 'main' },
    ]);
    expect(tasks).toHaveLength(3);
  });

  test.each([0, 101])('refuses an array of %i', async (count) => {
    const { post, log } = setup();

    const { status, body } = await post(Array(count).fill(GREETING));

    expect([status, body.code]).toEqual([422, 'BODY_INVALID']);
    expect(body.detail).toContain(`1 to 100 tasks; this one has ${count}`);
    expect(await log.countByStatus()).toEqual({});
  });

  test('accepts those whose broker is up', async () => {
    const { post, log } = setup({ broker: new BrokenBroker() });

    const { status, body } = await post([GREETING, { name: 'wave', parameters: {} }]);

    expect(status).toBe(207);
    expect(body.items).toMatchObject([{ status: 503 }, { queue: 'slow' }]);
    expect(await log.countByStatus()).toEqual({ enqueued: 1 });
  });
});

describe('GET /tasks/{id}', () => {
  test('shows the caller’s task, its report, and its status in words', async () => {
    const { get, record, run } = setup();
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
    const { get, record, run } = setup();
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

  test.each(['', '/status'])(
    '/tasks/{id}%s answers the same for a task of another as for none',
    async (path) => {
      const { get, record } = setup();
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
    const { get, log } = setup();
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
    const { get, record } = setup();
    const { id } = await record('ben');

    expect((await get(`/tasks/${id}`, user)).status).toBe(expected);
  });

  test.each([
    ['503 when the log is down', new LogUnavailableError('get', new Error('secret')), 503],
    ['500 on an error nobody foresaw', new TypeError('secret is not a function'), 500],
  ])('answers %s, telling its cause to the log alone', async (_case, error, expected) => {
    const { get, logger } = setup({ log: new BrokenLog(error) });

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

describe('GET /tasks', () => {
  test('lists the caller’s tasks newest first, page by page', async () => {
    const { get, record } = setup();
    const mine = [];
    for (let index = 0; index < 5; index++) {
      mine.push(await record('ann'));
      await record('ben');
    }

    const pages = [];
    let next: string | undefined;
    do {
      const { body } = await get(`/tasks?limit=2${next ? `&cursor=${next}` : ''}`);
      pages.push(body.tasks.map(({ id }: { id: string }) => id));
      next = body.next;
    } while (next);

    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(mine.map(({ id }) => id).toReversed());
  });

  test('lists twenty at a time, with status in words but without parameters', async () => {
    const { get, record } = setup();
    for (let index = 0; index < 21; index++) await record('ann');

    const { status, body } = await get('/tasks');

    expect(status).toBe(200);
    expect(body.tasks).toHaveLength(20);
    expect(body.tasks[0]).toMatchObject({ statusCategory: 'created', statusLabel: 'Queued' });
    expect(body.tasks[0]).not.toHaveProperty('parameters');
  });

  test('lists the tasks of all for an admin, and none for somebody without any', async () => {
    const { get, record } = setup();
    await record('ann');
    await record('ben');

    expect((await get('/tasks', ADMIN)).body.tasks).toHaveLength(2);
    expect((await get('/tasks', 'dan')).body).toEqual({ tasks: [] });
  });

  test.each([
    ['limit=0', ['limit']],
    ['limit=101', ['limit']],
    ['limit=1.5', ['limit']],
    ['limit=many', ['limit']],
    ['limit=', ['limit']],
    ['cursor=', ['cursor']],
    ['cursor=nonsense', ['cursor']],
    ['offset=20', ['"offset"']],
    ['limit=0&cursor=&offset=20', ['limit', 'cursor', '"offset"']],
  ])('refuses ?%s, naming what is wrong', async (query, names) => {
    const { status, headers, body } = await setup().get(`/tasks?${query}`);

    const told = [body.detail, ...(body.errors ?? []).flatMap(Object.values)].join(' ');
    expect(status).toBe(400);
    expect(headers).toMatchObject({ 'content-type': 'application/problem+json' });
    for (const name of names) expect(told).toContain(name);
  });
});

describe('GET /stats', () => {
  const setupTasks = async () => {
    const { get, log, record, run } = setup();
    await record('ann');
    await run(await record('ann'));
    await run(await record('ann'), 'completed');
    await run(await record('ann'), 'completed');
    await run(await record('ann'), 'failed');
    await run(await record('ben'), 'completed');
    const undecodable = { messageId: 'm-1', sentAt: Date.now(), queue: 'main', reason: 'no JSON' };
    await log.recordUndecodable(undecodable);
    return get;
  };

  test('counts the caller’s tasks', async () => {
    const get = await setupTasks();

    const { status, body } = await get('/stats');

    expect(status).toBe(200);
    expect(body).toEqual({
      numberOfTasksCompleted: 2,
      numberOfTasksFailed: 1,
      numberOfTasksInProgress: 1,
      byStatus: { enqueued: 1, running: 1, completed: 2, failed: 1 },
    });
  });

  test('counts the tasks of all for an admin, undecodable messages as failed', async () => {
    const get = await setupTasks();

    const { body } = await get('/stats', ADMIN);

    expect(body).toMatchObject({
      numberOfTasksCompleted: 3,
      numberOfTasksFailed: 2,
      numberOfTasksInProgress: 1,
    });
  });
});

test('GET /queues shows the weight, the share and the depth of each', async () => {
  const { get, post, broker } = setup();
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
    ['PUT', '/tasks', 'POST, GET'],
    ['DELETE', `/tasks/${newTaskId()}`, 'GET'],
    ['POST', '/tasks/42/status', 'GET'],
    ['POST', '/stats', 'GET'],
  ])('%s %s is answered 405 with what is allowed there', async (method, url, allow) => {
    const reply = await setup().send(anEvent(method, url));

    expect(reply).toMatchObject({
      status: 405,
      headers: { allow, 'content-type': 'application/problem+json' },
      body: { code: 'METHOD_NOT_ALLOWED', detail: expect.stringContaining(method) },
    });
  });

  test.each(['/', '/task', '/tasks/', '/tasks/1/2', '/tasks/1/status/2', '/Tasks'])(
    'GET %s is answered 404',
    async (url) => {
      const reply = await setup().get(url);

      expect(reply).toMatchObject({
        status: 404,
        headers: { 'content-type': 'application/problem+json' },
        body: { code: 'ROUTE_NOT_FOUND', detail: `There is nothing at ${url}.` },
      });
      expect(reply.headers).not.toHaveProperty('allow');
    },
  );
});

test.each([
  ['GET', '/tasks'],
  ['POST', '/tasks'],
  ['GET', '/nowhere'],
])('%s %s is answered 401 unless somebody established who calls', async (method, url) => {
  const { send, log } = setup();
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
