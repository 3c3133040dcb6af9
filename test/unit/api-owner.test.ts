import { describe, expect, test } from 'vitest';
import { ADMIN, ARN, anApi, anEvent, GREETING, IAM, JWT } from '../support/an-api.ts';

const ANN = { user: 'ann' };

describe.each([
  { type: 'iam', auth: IAM, boss: { user: ADMIN }, prefix: ARN },
  { type: 'jwt', auth: JWT, boss: { user: ADMIN, scopes: 'task-queue/admin' }, prefix: '' },
])('with the $type authoriser', ({ auth, boss, prefix }) => {
  /** The owners that the tasks of a body end up with; the code where one is refused. */
  const ownersOf = async (caller: { user: string; scopes?: string }, body: unknown) => {
    const { send, log } = anApi({ auth });
    const reply = await send(anEvent('POST', '/tasks', { ...caller, auth, body }));
    const items: { id?: string; code?: string }[] = reply.body.items ?? [reply.body];
    const stored = items.map(async ({ id, code }) => (id ? (await log.get(id))?.owner : code));
    return { status: reply.status, owners: await Promise.all(stored) };
  };
  const own = `${prefix}ann`;

  test.each([
    ['absent', {}, 202, own],
    ['his own', { owner: own }, 202, own],
    ['another', { owner: `${prefix}ben` }, 403, 'OWNER_FORBIDDEN'],
    ['the system', { owner: null }, 403, 'OWNER_FORBIDDEN'],
    ['empty', { owner: '' }, 422, 'BODY_INVALID'],
  ])('a caller sends one task whose owner is %s', async (_case, owner, status, expected) => {
    expect(await ownersOf(ANN, { ...GREETING, ...owner })).toEqual({ status, owners: [expected] });
  });

  test('a caller who sends many is refused just those of others', async () => {
    const owners = [{}, { owner: own }, { owner: `${prefix}ben` }, { owner: null }];

    const reply = await ownersOf(
      ANN,
      owners.map((owner) => ({ ...GREETING, ...owner })),
    );

    expect(reply).toEqual({
      status: 207,
      owners: [own, own, 'OWNER_FORBIDDEN', 'OWNER_FORBIDDEN'],
    });
  });

  test('an admin sends many for anybody', async () => {
    const owners = [{}, { owner: own }, { owner: 'ben' }, { owner: null }];

    const reply = await ownersOf(
      boss,
      owners.map((owner) => ({ ...GREETING, ...owner })),
    );

    expect(reply).toEqual({
      status: 202,
      owners: [`${prefix}${ADMIN}`, own, 'ben', undefined],
    });
  });

  test('an owner that the log could not store is refused before anything is sent', async () => {
    const { send, broker } = anApi({ auth });
    const body = { ...GREETING, owner: '€'.repeat(342) };

    const reply = await send(anEvent('POST', '/tasks', { ...boss, auth, body }));

    expect(reply).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'owner', message: 'must have at most 1,024 bytes' }] },
    });
    expect(await broker.depth()).toMatchObject({ waiting: 0 });
  });
});

test('a token without an owner gets 401 on every route', async () => {
  const { send, log } = anApi({ auth: JWT });
  const event = anEvent('POST', '/tasks', { auth: JWT, body: GREETING });
  const authorizer = { jwt: { claims: { scope: 'task-queue/admin' } } };

  const reply = await send({ ...event, requestContext: { ...event.requestContext, authorizer } });

  expect(reply).toMatchObject({
    status: 401,
    headers: { 'content-type': 'application/problem+json' },
    body: { code: 'OWNER_CLAIM_INVALID', detail: expect.stringContaining('"sub"') },
  });
  expect(await log.countByStatus()).toEqual({});
});

test('what comes by the preflight route is answered 204 without a caller, and nothing else is', async () => {
  const { send } = anApi();
  const event = anEvent('OPTIONS', '/tasks', { user: '' });

  expect(await send({ ...event, routeKey: 'OPTIONS /{proxy+}' })).toMatchObject({ status: 204 });
  expect(await send(event)).toMatchObject({ status: 401 });
});
