import { describe, expect, test } from 'vitest';
import { MAX_MESSAGE_BYTES } from '../../shared/limits.ts';
import { ADMIN, ARN, anApi, anEvent, BrokenBroker, GREETING } from '../support/an-api.ts';

describe('POST /tasks with one task', () => {
  test('keeps that its children are not to change its status', async () => {
    const { post, log } = anApi();

    const { body } = await post({ ...GREETING, masterStatus: true });

    expect(await log.getSummary(body.id)).toMatchObject({ masterStatus: true });
  });

  test('answers 202 with its id and its queue, and the task waits there as the caller’s', async () => {
    const { post, log, broker } = anApi();

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
    const { post, broker } = anApi();

    await post({ ...GREETING, delaySeconds: 900 });

    expect(await broker.depth()).toEqual({ waiting: 0, inFlight: 0, delayed: 1 });
  });

  test('refuses a number that would change, and says where it is', async () => {
    const text = '{"name":"greet","parameters":{"whom":["x",12345678901234567890]}}';
    const { body } = await anApi().send(anEvent('POST', '/tasks', { text }));

    expect(body.errors).toEqual([
      { path: 'parameters.whom[1]', message: expect.stringContaining('12345678901234567890') },
    ]);
  });

  test('refuses a body that is not UTF-8', async () => {
    const event = anEvent('POST', '/tasks', { text: '' });
    const body = Buffer.from([0x22, 0xff, 0x22]).toString('base64');

    const reply = await anApi().send({ ...event, body, isBase64Encoded: true });

    expect(reply).toMatchObject({ status: 400, body: { detail: 'The body is not UTF-8.' } });
  });

  test('takes a byte order mark before the body', async () => {
    const text = `\uFEFF${JSON.stringify(GREETING)}`;

    expect(await anApi().send(anEvent('POST', '/tasks', { text }))).toMatchObject({ status: 202 });
  });

  test('reads a body that API Gateway passes on as base64', async () => {
    const { send } = anApi();
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
    ['with a number that would change', '{"name":"greet","x":1e400}', 400, 'BODY_MALFORMED'],
    [
      'that is larger than a Lambda takes',
      `"${'x'.repeat(5 * 1024 * 1024)}"`,
      413,
      'BODY_TOO_LARGE',
    ],
    ['that is text', '"greet"', 422, 'BODY_INVALID'],
    ['that is null', 'null', 422, 'BODY_INVALID'],
  ])('refuses a body %s', async (_case, text, status, code) => {
    const { send } = anApi();

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
    [
      'a name nobody knows, and nothing else',
      { name: 'nope' },
      422,
      'BODY_INVALID',
      ['parameters', 'name'],
    ],
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
      const { post, log } = anApi();

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
    const { body } = await anApi().post({ ...GREETING, name: 'nope' });

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
    const { post, log } = anApi();

    const { status, body } = await post({ ...GREETING, owner }, user);

    expect(status).toBe(202);
    expect((await log.get(body.id))?.owner).toBe(expected);
  });

  test('answers 503 when the broker is down, without its address, and records nothing', async () => {
    const { post, log, logger } = anApi({ broker: new BrokenBroker() });

    const { status, body, text } = await post(GREETING);

    expect([status, body.code]).toEqual([503, 'BROKER_UNAVAILABLE']);
    expect(text).not.toContain('10.0.0.7');
    expect(await log.countByStatus()).toEqual({});
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { route: 'POST /tasks' } }]);
  });
});

describe('POST /tasks with many tasks', () => {
  test('answers 202 when all are accepted, up to 100', async () => {
    const { post, log } = anApi();

    const { status, headers, body } = await post(Array(100).fill(GREETING));

    expect(status).toBe(202);
    expect(headers).toMatchObject({ 'content-type': 'application/json' });
    expect(body.items).toHaveLength(100);
    expect(await log.countByStatus(`${ARN}ann`)).toEqual({ enqueued: 100 });
  });

  test('answers 207 when some are not, for each in the order of the request', async () => {
    const { post, log } = anApi();

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
    const { post, log } = anApi();

    const { status, body } = await post(Array(count).fill(GREETING));

    expect([status, body.code]).toEqual([422, 'BODY_INVALID']);
    expect(body.detail).toContain(`1 to 100 tasks; this one has ${count}`);
    expect(await log.countByStatus()).toEqual({});
  });

  test('accepts those whose broker is up', async () => {
    const { post, log } = anApi({ broker: new BrokenBroker() });

    const { status, body } = await post([GREETING, { name: 'wave', parameters: {} }]);

    expect(status).toBe(207);
    expect(body.items).toMatchObject([{ status: 503 }, { queue: 'slow' }]);
    expect(await log.countByStatus()).toEqual({ enqueued: 1 });
  });
});
