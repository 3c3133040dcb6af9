import { describe, expect, test } from 'vitest';
import { LogUnavailableError } from '../../shared/errors.ts';
import { MemoryIdempotencyStore } from '../../shared/memory/stores.ts';
import { anApi, anEvent, GREETING } from '../support/an-api.ts';

class BrokenStore extends MemoryIdempotencyStore {
  override reserve(): Promise<never> {
    return Promise.reject(new LogUnavailableError('reserve', new Error('throttled')));
  }
}

function setup(options: Parameters<typeof anApi>[0] = {}) {
  const api = anApi(options);
  const postWith = (key: string, body: unknown, user = 'ann') =>
    api.send(anEvent('POST', '/tasks', { body, user, headers: { 'idempotency-key': key } }));
  return { ...api, postWith };
}

describe('POST /tasks with an idempotency key', () => {
  test('answers a repetition like the first request, says so, and enqueues nothing', async () => {
    const { postWith, broker, log } = setup();

    const first = await postWith('order-42', GREETING);
    const second = await postWith('order-42', GREETING);

    expect(first.status).toBe(202);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(second).toMatchObject({ status: 202, headers: { 'idempotency-replayed': 'true' } });
    expect(second.text).toBe(first.text);
    expect(await broker.depth()).toMatchObject({ waiting: 1 });
    expect(await log.countByStatus()).toEqual({ enqueued: 1 });
  });

  test('repeats the answers to a batch, problems included', async () => {
    const { postWith, broker } = setup();
    const batch = [GREETING, { name: 'nope', parameters: {} }, { ...GREETING, label: 'Again' }];

    const first = await postWith('batch-1', batch);
    const second = await postWith('batch-1', batch);

    expect(first.status).toBe(207);
    expect(second).toMatchObject({ status: 207, headers: { 'idempotency-replayed': 'true' } });
    expect(second.text).toBe(first.text);
    expect(await broker.depth()).toMatchObject({ waiting: 2 });
  });

  test('answers 409 to another task under the key, and enqueues nothing', async () => {
    const { postWith, log } = setup();
    await postWith('order-42', GREETING);

    const reply = await postWith('order-42', { ...GREETING, parameters: { whom: 'Ben' } });

    expect(reply).toMatchObject({
      status: 409,
      headers: { 'content-type': 'application/problem+json' },
      body: { code: 'IDEMPOTENCY_CONFLICT', detail: expect.stringContaining('"order-42"') },
    });
    expect(await log.countByStatus()).toEqual({ enqueued: 1 });
  });

  test('leaves the keys of others alone', async () => {
    const { postWith } = setup();

    const anns = await postWith('order-42', GREETING, 'ann');
    const bens = await postWith('order-42', { ...GREETING, parameters: { whom: 'Cleo' } }, 'ben');

    expect([anns.status, bens.status]).toEqual([202, 202]);
    expect(bens.body.id).not.toBe(anns.body.id);
  });

  test.each([
    ['parameters that do not fit', { ...GREETING, parameters: { whom: 7 } }, 422],
    ['a name nobody knows', { ...GREETING, name: 'nope' }, 422],
    ['the owner of another', { ...GREETING, owner: 'ben' }, 403],
    ['more than fits in a message', { ...GREETING, parameters: { whom: 'x'.repeat(3e5) } }, 413],
  ])('does not use up the key for a task with %s', async (_case, wrong, status) => {
    const { postWith } = setup();

    const refused = await postWith('order-42', wrong);
    const corrected = await postWith('order-42', GREETING);

    expect([refused.status, corrected.status]).toEqual([status, 202]);
  });

  test.each([
    ['nothing', ''],
    ['256 characters', 'k'.repeat(256)],
    ['a line end', 'order\n42'],
    ['what is not ASCII', 'commande-№42'],
  ])('refuses a key of %s', async (_case, key) => {
    const { postWith, log } = setup();

    const reply = await postWith(key, GREETING);

    expect(reply).toMatchObject({
      status: 400,
      body: {
        code: 'IDEMPOTENCY_KEY_INVALID',
        errors: [{ path: 'idempotency-key', message: expect.stringContaining('1 to 255') }],
      },
    });
    expect(await log.countByStatus()).toEqual({});
  });

  test('answers 503 when keys cannot be stored, with nothing sent', async () => {
    const { postWith, broker } = setup({ idempotency: new BrokenStore() });

    const { status, body } = await postWith('order-42', GREETING);

    expect([status, body.code]).toEqual([503, 'LOG_UNAVAILABLE']);
    expect(await broker.depth()).toMatchObject({ waiting: 0 });
  });

  test('is a new request each time without a key', async () => {
    const { post, log } = setup();

    const [one, other] = [await post(GREETING), await post(GREETING)];

    expect(other.body.id).not.toBe(one.body.id);
    expect(await log.countByStatus()).toEqual({ enqueued: 2 });
  });
});
