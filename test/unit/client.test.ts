import { describe, expect, test } from 'vitest';
import { iamSigner } from '../../exports/iam-signer.ts';
import { createClient } from '../../shared/client/client.ts';
import type { TaskQueueApiError, TransportOptions } from '../../shared/client/transport.ts';
import { answer, hangUp, type Reaction, serverThat } from '../support/answering-server.ts';
import { isSignedBy } from '../support/sigv4-verifier.ts';
import type { contracts } from '../tasks/contracts.ts';

const ENQUEUED = { id: '01ARZ3NDEKTSV4RRFFQ69G5FAV', queue: 'standard' };
const accepted = answer(202, ENQUEUED);

async function setup(reactions: readonly Reaction[], options: Partial<TransportOptions> = {}) {
  const { seen, url } = await serverThat(...reactions);
  const client = createClient<typeof contracts>({ url, ...options });
  const enqueue = () => client.enqueue('compute-statistics', { values: [1] });
  return { seen, url, client, enqueue };
}

const errorOf = (promise: Promise<unknown>): Promise<TaskQueueApiError> =>
  promise.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: TaskQueueApiError) => error,
  );

describe('enqueue', () => {
  test('sends name, parameters and what else is known of the task', async () => {
    const { client, seen } = await setup([accepted]);

    const options = { label: 'June', delaySeconds: 5 };
    const task = await client.enqueue('export-results', { deliveryId: 'd-1', rows: 3 }, options);

    expect(task).toEqual(ENQUEUED);
    expect(seen[0]?.request).toMatchObject({
      method: 'POST',
      url: '/tasks',
      headers: { 'content-type': 'application/json' },
    });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      name: 'export-results',
      parameters: { deliveryId: 'd-1', rows: 3 },
      label: 'June',
      delaySeconds: 5,
    });
  });

  test('has a key of its own for each call, the same in all attempts', async () => {
    const { enqueue, seen } = await setup([answer(503, {}), hangUp, accepted]);

    await enqueue();
    await enqueue();

    const keys = seen.map(({ request }) => request.headers['idempotency-key']);
    expect(keys).toHaveLength(4);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(keys[3]).not.toBe(keys[0]);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('takes a key that the caller chose', async () => {
    const { client, seen } = await setup([answer(202, { items: [ENQUEUED] })]);

    const task = { name: 'compute-statistics' as const, parameters: { values: [1] } };
    await client.enqueueMany([task], { idempotencyKey: 'order-17' });

    expect(seen[0]?.request.headers['idempotency-key']).toBe('order-17');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual([task]);
  });
});

describe('when it goes wrong', () => {
  test.each([429, 502, 503, 504])('%d is tried again', async (status) => {
    const { enqueue, seen } = await setup([answer(status, { message: 'later' }), accepted]);

    expect(await enqueue()).toEqual(ENQUEUED);
    expect(seen).toHaveLength(2);
  });

  test.each([400, 403, 404, 409, 413, 422, 500])('%d is not tried again', async (status) => {
    const { enqueue, seen } = await setup([answer(status, { message: 'no' }), accepted]);

    expect(await errorOf(enqueue())).toMatchObject({ status });
    expect(seen).toHaveLength(1);
  });

  test('an error says what is wrong, to people and to programs', async () => {
    const errors = [{ path: 'parameters.rows', message: 'expected number' }];
    const problem = { status: 422, code: 'PARAMETERS_INVALID', detail: 'It is invalid.', errors };
    const { enqueue } = await setup([answer(422, problem, 'application/problem+json')]);

    expect(await errorOf(enqueue())).toMatchObject({
      name: 'TaskQueueApiError',
      status: 422,
      code: 'PARAMETERS_INVALID',
      errors,
      message: 'It is invalid.\n  - parameters.rows: expected number',
    });
  });

  test.each([
    ['API Gateway', answer(403, { message: 'Forbidden' }), 'HTTP_403', 'Forbidden'],
    ['a proxy', answer(400, '<h1>Bad</h1>', 'text/html'), 'HTTP_400', 'The API responded with 400'],
    ['a strange proxy', answer(400, 'null'), 'HTTP_400', 'The API responded with 400'],
  ])('an answer of %s is an error too', async (_who, reaction, code, message) => {
    const { enqueue } = await setup([reaction]);

    expect(await errorOf(enqueue())).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  test('it gives up after so many attempts, with the last error', async () => {
    const { enqueue, seen } = await setup([hangUp], { maxAttempts: 2 });

    expect(await errorOf(enqueue())).toMatchObject({
      status: 0,
      code: 'UNREACHABLE',
      cause: expect.any(TypeError),
    });
    expect(seen).toHaveLength(2);
  });

  test('an attempt that takes too long is given up', async () => {
    const never: Reaction = () => undefined;
    const { enqueue } = await setup([never, accepted], { timeoutSeconds: 0.1 });

    expect(await enqueue()).toEqual(ENQUEUED);
  });

  test('the caller may give up at any time, and gets the own reason back', async () => {
    const gone = new AbortController();
    const { client, seen } = await setup([
      (response, one) => {
        gone.abort(new Error('changed my mind'));
        answer(503, {})(response, one);
      },
    ]);

    const task = client.task('01ARZ3NDEKTSV4RRFFQ69G5FAV', { signal: gone.signal });

    await expect(task).rejects.toThrow('changed my mind');
    expect(seen).toHaveLength(1);
  });
});

describe('list', () => {
  test('reads page after page, as far as it is asked to', async () => {
    const page = (ids: string[], next?: string) =>
      answer(200, { tasks: ids.map((id) => ({ id })), ...(next && { next }) });
    const { client, seen } = await setup([page(['c', 'b'], 'after b'), page(['a'])]);

    const ids = [];
    for await (const { id } of client.list({ limit: 2 })) ids.push(id);

    expect(ids).toEqual(['c', 'b', 'a']);
    expect(seen.map(({ request }) => request.url)).toEqual([
      '/tasks?limit=2',
      '/tasks?limit=2&cursor=after%20b',
    ]);
  });

  test('does not read the next page before it is needed', async () => {
    const { client, seen } = await setup([answer(200, { tasks: [{ id: 'a' }], next: 'more' })]);

    for await (const _ of client.list()) break;

    expect(seen).toHaveLength(1);
  });

  test('filters by lists and times', async () => {
    const { client, seen } = await setup([answer(200, { tasks: [] })]);

    const createdAfter = new Date('2026-06-01T00:00:00Z');
    await client.page({ status: ['failed', 'cancelled'], createdAfter });

    expect(seen[0]?.request.url).toBe(
      '/tasks?status=failed%2Ccancelled&createdAfter=2026-06-01T00%3A00%3A00.000Z',
    );
  });
});

test('task, status, queues and stats ask for what they are named after', async () => {
  const { client, url, seen } = await setup([answer(200, { queues: [] })], {
    headers: { authorization: 'Bearer x' },
  });
  const other = createClient({ url: `${url}/` });

  await client.task('a/b', { wait: 20 });
  await client.status('x');
  await client.queues();
  await other.stats();

  expect(seen.map(({ request }) => request.url)).toEqual([
    '/tasks/a%2Fb?wait=20',
    '/tasks/x/status',
    '/queues',
    '/stats',
  ]);
  expect(seen[0]?.request.headers).toMatchObject({ authorization: 'Bearer x' });
});

test('decisions over a task are posted, with force if it is asked for', async () => {
  const { client, seen } = await setup([answer(200, {})]);

  await client.cancel('x', { force: true });
  await client.archive('x');
  await client.retry('x');

  expect(seen.map(({ request, body }) => [request.url, body])).toEqual([
    ['/tasks/x/cancel', '{"force":true}'],
    ['/tasks/x/archive', '{}'],
    ['/tasks/x/retry', '{}'],
  ]);
});

test('a report is asked for alone, and waited for', async () => {
  const { client, seen } = await setup([answer(200, { type: 'info' })]);
  expect(await client.report('x', { wait: 20 })).toEqual({ type: 'info' });
  expect(seen.map(({ request }) => request.url)).toEqual(['/tasks/x/report?wait=20']);
});

test('the URL of a file is returned, not followed: its server must not see a signature', async () => {
  const { client, seen } = await setup([
    (response) => {
      response.writeHead(303, { location: '/elsewhere', 'content-type': 'application/json' });
      response.end('{"url":"https://elsewhere/","name":"x.csv"}');
    },
  ]);

  expect(await client.file('x')).toEqual({ url: 'https://elsewhere/', name: 'x.csv' });
  expect(seen).toHaveLength(1);
});

test('every attempt is signed as AWS wants it', async () => {
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' };
  const sign = iamSigner({ region: 'eu-west-1', credentials });
  const { client, seen, enqueue } = await setup([answer(429, {}), accepted], { sign });

  await enqueue();
  await client.page({ labelPrefix: 'a b+c', status: ['failed', 'completed'] });

  expect(seen).toHaveLength(3);
  for (const { request, body } of seen) {
    expect(isSignedBy('secret', request, body)).toBe(true);
    expect(isSignedBy('another', request, body)).toBe(false);
    expect(request.headers.authorization).toContain('/eu-west-1/execute-api/aws4_request');
    expect(request.headers['x-amz-security-token']).toBe('token');
  }
});
