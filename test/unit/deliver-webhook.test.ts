import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deliverWebhookHandler } from '../../functions/tasks/deliver-webhook/handler.ts';
import { PermanentTaskError, RetryLaterError } from '../../shared/task/task-context.ts';
import { aContext } from '../support/a-context.ts';

afterEach(() => vi.unstubAllEnvs());

describe('deliver-webhook', () => {
  type Answer = { readonly status: number; readonly headers?: Record<string, string> };
  type Received = { method?: string; headers: IncomingHttpHeaders; body: string };

  const PARAMETERS = { event: 'export.completed', payload: { rows: 41 } };
  let server: Server;
  let answers: Answer[];
  let received: Received[];

  beforeEach(async () => {
    answers = [];
    received = [];
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = '', headers } = request;
      received.push({ method, headers, body: Buffer.concat(chunks).toString() });
      const answer = answers.shift() ?? { status: 200 };
      response.writeHead(answer.status, answer.headers).end('thanks');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    vi.stubEnv('WEBHOOK_URL', `http://127.0.0.1:${port}/events`);
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('an event needs no payload', async () => {
    answers = [{ status: 200 }];

    await deliverWebhookHandler.run({ event: 'export.completed' }, aContext());

    expect(received).toHaveLength(1);
  });

  test('delivers the event as JSON, under a key that is the same on every attempt', async () => {
    const context = aContext({ attempt: 2 });

    const report = await deliverWebhookHandler.run(PARAMETERS, context);

    expect(report).toMatchObject({
      type: 'success',
      message: 'Delivered export.completed',
      data: { status: 200, attempt: 2 },
    });
    expect(received).toMatchObject([
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': context.taskId },
      },
    ]);
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ taskId: context.taskId, ...PARAMETERS });
  });

  test('fails the attempt while the receiver is broken, and succeeds when it is back', async () => {
    answers = [{ status: 500 }, { status: 503 }, { status: 200 }];
    const attempt = () => deliverWebhookHandler.run(PARAMETERS, aContext());

    await expect(attempt()).rejects.toThrow('The webhook answered 500.');
    await expect(attempt()).rejects.toThrow('The webhook answered 503.');
    expect(await attempt()).toMatchObject({ type: 'success' });
  });

  test('comes back later when the receiver says when', async () => {
    answers = [{ status: 429, headers: { 'retry-after': '120' } }];

    const run = deliverWebhookHandler.run(PARAMETERS, aContext());

    await expect(run).rejects.toBeInstanceOf(RetryLaterError);
    await expect(run).rejects.toMatchObject({ delaySeconds: 120 });
  });

  test.each([
    ['never says when', {}],
    ['names a date', { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }],
    ['names no time at all', { 'retry-after': '0' }],
  ])('is tried again as usual when a busy receiver %s', async (_case, headers) => {
    answers = [{ status: 429, headers }];

    const error = await deliverWebhookHandler
      .run(PARAMETERS, aContext())
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ name: 'Error', message: 'The webhook answered 429.' });
  });

  test.each([400, 401, 404, 410])('gives up at once when the answer is %i', async (status) => {
    answers = [{ status }];

    const run = deliverWebhookHandler.run(PARAMETERS, aContext());

    await expect(run).rejects.toBeInstanceOf(PermanentTaskError);
    await expect(run).rejects.toThrow(`The webhook refused the event: ${status}.`);
  });

  test('fails the attempt when nobody listens', async () => {
    vi.stubEnv('WEBHOOK_URL', 'http://127.0.0.1:1/events');

    const error = await deliverWebhookHandler
      .run(PARAMETERS, aContext())
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(PermanentTaskError);
  });

  test('stops waiting for an answer when its signal aborts', async () => {
    const signal = AbortSignal.abort(new Error('the worker is stopping'));

    const run = deliverWebhookHandler.run(PARAMETERS, aContext({ signal }));

    await expect(run).rejects.toThrow('the worker is stopping');
    expect(received).toEqual([]);
  });

  test.each(['', undefined])('gives up at once when WEBHOOK_URL is "%s"', async (url) => {
    vi.stubEnv('WEBHOOK_URL', url);

    const run = deliverWebhookHandler.run(PARAMETERS, aContext());

    await expect(run).rejects.toBeInstanceOf(PermanentTaskError);
    await expect(run).rejects.toThrow('WEBHOOK_URL is not set');
  });
});
